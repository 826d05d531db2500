"""``python -m controller.validation [FILE]``: writes the page (default docs/validation.md)."""

from __future__ import annotations

import sys
from pathlib import Path

from controller.validation.page import page


def main() -> None:
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/validation.md")
    path.write_text(page(), encoding="utf-8")
    print(f"written: {path}")


if __name__ == "__main__":
    main()
