"""The frame as NumPy sees it: one double a signal, named by its path in the tables, then age and quality of each input."""

import numpy as np

from cext.generated.frame cimport INPUT_COUNT, SIGNAL_COUNT, Frame

from cext.tables import load


def _dtype() -> np.dtype:
    paths = [signal.path for signal in load.signals()]
    if len(paths) != SIGNAL_COUNT or len(load.inputs()) != INPUT_COUNT:
        raise ImportError(
            f"the tables list {len(paths)} signals and {len(load.inputs())} inputs, the compiled core has {SIGNAL_COUNT} and "
            f"{INPUT_COUNT}: build it again (make build)"
        )
    rows = [*((path, "f8") for path in paths), ("age_s", "f8", INPUT_COUNT), ("quality", "u1", INPUT_COUNT)]
    return np.dtype(rows, align=True)


FRAME_BYTES = sizeof(Frame)
FRAME_DTYPE = _dtype()
if FRAME_DTYPE.itemsize != FRAME_BYTES:
    raise ImportError(
        f"FRAME_DTYPE has {FRAME_DTYPE.itemsize} bytes, struct Frame {FRAME_BYTES}: build the core again (make build)"
    )
