"""A pattern as a file, for a console that reads files, and for `mockloop trigger` and `audit`."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from controller.generator.waveforms import Waveforms

SUFFIXES = (".csv", ".csv.gz", ".hea")


class FileError(Exception):
    """A file of a pattern that cannot be written: which, why, and what to do."""


def write(made: Waveforms, path: Path) -> list[Path]:
    """Writes the pattern; returns what was written.

    ``.csv`` and ``.csv.gz``: columns t_s, ecg_mV, abp_mmHg, and r_wave (1 in the sample of a true R peak). ``.hea``: a WFDB record
    (16 bit) with the true beats as annotations ``atr``. Raises FileError, OSError.
    """
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return [_csv(made, path)]
    if name.endswith(".hea"):
        return _wfdb(made, path)
    raise FileError(f"{path}: a pattern is written as {', '.join(SUFFIXES)}")


def _csv(made: Waveforms, path: Path) -> Path:
    at = np.zeros(len(made.ecg_mV), int)
    at[np.clip(np.round(made.r_s / made.period_s).astype(int), 0, len(at) - 1)] = 1
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8") as file:
        file.write("t_s,ecg_mV,abp_mmHg,r_wave\n")
        for i in range(len(at)):
            file.write(f"{i * made.period_s:.4f},{made.ecg_mV[i]:.4f},{made.aop_mmHg[i]:.2f},{at[i]}\n")
    return path


def _wfdb(made: Waveforms, path: Path) -> list[Path]:
    try:
        import wfdb  # type: ignore[import-untyped]  # wfdb brings no types
    except ImportError:
        raise FileError(f"{path}: a WFDB record needs the package wfdb: pip install 'mockloop[wfdb]'") from None
    name = path.with_suffix("").name
    if not name.replace("-", "").replace("_", "").isalnum():
        raise FileError(f"{path}: the name of a WFDB record has letters, digits, - and _ only")
    folder = str(path.parent)
    rate_hz = 1.0 / made.period_s
    wfdb.wrsamp(
        name, fs=rate_hz, units=["mV", "mmHg"], sig_name=["ECG", "ABP"], fmt=["16", "16"], write_dir=folder,
        p_signal=np.column_stack([made.ecg_mV, made.aop_mmHg]), comments=[f"mockloop pattern {made.pattern.name}, SIMULATED"],
    )  # fmt: skip
    if len(made.r_s):
        at = np.round(made.r_s / made.period_s).astype(int)
        wfdb.wrann(name, "atr", at, symbol=["N"] * len(at), fs=rate_hz, write_dir=folder)
    return [path, path.with_suffix(".dat")]
