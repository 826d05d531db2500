"""The frame as NumPy sees it: one double a signal, named by its path in the tables, then age and quality of each input."""

import numpy as np

from cext.generated.frame cimport FRAME_FIELDS, INPUT_COUNT, Frame

from cext.tables import load


def _dtype() -> np.dtype:
    # Names, not only sizes: after a change of order alone every value would go by another's name.
    compiled = FRAME_FIELDS.decode().split()
    paths = [signal.path for signal in load.signals()]
    if compiled != paths:
        raise ImportError(
            "the tables list other signals than the compiled core: "
            f"{sorted(set(compiled) ^ set(paths)) or 'in another order'}: build it again (make build)"
        )
    rows = [*((path, "f8") for path in paths), ("age_s", "f8", INPUT_COUNT), ("quality", "u1", INPUT_COUNT)]
    return np.dtype(rows, align=True)


FRAME_BYTES = sizeof(Frame)
FRAME_DTYPE = _dtype()
if FRAME_DTYPE.itemsize != FRAME_BYTES:
    raise ImportError(
        f"FRAME_DTYPE has {FRAME_DTYPE.itemsize} bytes, struct Frame {FRAME_BYTES}: build the core again (make build)"
    )
