"""Runs on disk: open them as data, list them, export them. h5py, xarray and pandas are imported when first needed."""

from controller.runs.export import export_run
from controller.runs.opening import open_run

__all__ = ["export_run", "open_run"]
