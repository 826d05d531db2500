import numpy as np

FRAME_DTYPE: np.dtype[np.void]
FRAME_BYTES: int
