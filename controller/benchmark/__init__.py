"""Speed, measured: medians, and ratios to a reference of the same run (`mockloop bench`)."""

from controller.benchmark.row import Row
from controller.benchmark.suite import MEASUREMENTS, measure

__all__ = ["MEASUREMENTS", "Row", "measure"]
