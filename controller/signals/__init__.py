"""Recorded signals as sources: WFDB records, CSV, our own runs."""

from controller.signals.errors import RecordError
from controller.signals.reading import Signals, read_signals

__all__ = ["RecordError", "Signals", "read_signals"]
