"""The report of a run: one self-contained report.html in its folder. matplotlib, jinja2 and h5py are imported when used."""

from controller.report.write import write_report

__all__ = ["write_report"]
