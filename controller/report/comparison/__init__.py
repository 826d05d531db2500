"""Two runs side by side: before and after, prototype and reference."""

from controller.report.comparison.write import write_comparison

__all__ = ["write_comparison"]
