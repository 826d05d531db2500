"""The report as a PDF, made from its page, where the extra `pdf` (WeasyPrint) is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from controller.recording.newborn import newborn

MISSING = "a PDF needs weasyprint, which is not installed: pip install 'mockloop[pdf]'"


class NoPdf(RuntimeError):
    """No PDF can be made here; the text says why and what to install."""


def can_make_pdf() -> bool:
    """Whether the extra is installed; what it needs of the system (Pango) shows only when it is used."""
    return find_spec("weasyprint") is not None


def write_pdf(html: Path) -> Path:
    """Prints a page (report.html) into a PDF beside it and returns its path. Nothing is fetched: what a page names is refused.

    Raises:
        NoPdf: the extra, or a library of the system that it needs, is missing. OSError: cannot be read or written.
    """
    if not can_make_pdf():
        raise NoPdf(MISSING)
    try:
        import weasyprint
    except OSError as error:
        raise NoPdf(
            f"a PDF needs Pango, which weasyprint does not find (Debian: apt-get install libpango-1.0-0): {error}"
        ) from error

    class NothingElse(weasyprint.urls.URLFetcher):  # type: ignore[misc]  # weasyprint brings no types
        def fetch(self, url: str, headers: object = None) -> object:
            raise ValueError(f"{url} is not fetched: a report is one file")

    weasyprint.LOGGER.setLevel("CRITICAL")  # it tells of every resource that we refuse
    path = html.with_suffix(".pdf")
    document = weasyprint.HTML(string=html.read_text(encoding="utf-8"), url_fetcher=NothingElse())
    with newborn(path) as draft:
        document.write_pdf(draft)
    return path
