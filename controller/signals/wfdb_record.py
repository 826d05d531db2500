"""WFDB records (PhysioNet): header, signal files, annotations."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from controller.signals.channel import Channel, in_own_unit, kind_of
from controller.signals.errors import RecordError


def wfdb_channels(record: Path) -> list[Channel]:
    """Every channel of the record (path without suffix). Raises RecordError."""
    try:
        import wfdb  # type: ignore[import-untyped]  # wfdb brings no types
    except ImportError:
        raise RecordError(f"{record}: a WFDB record needs the package wfdb: pip install 'mockloop[wfdb]'") from None
    try:
        read = wfdb.rdrecord(str(record.resolve()), smooth_frames=False)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise RecordError(f"{record}: not a readable WFDB record: {error}") from None
    found = []
    for name, unit, values, frame in zip(read.sig_name, read.units, read.e_p_signal, read.samps_per_frame, strict=True):
        kind = kind_of(name, unit)
        samples = in_own_unit(np.asarray(values, np.float64), kind, unit)
        found.append(Channel(name, kind, unit, float(read.fs) * frame, 0.0, samples))
    return found
