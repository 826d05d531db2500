"""The records of mailbox.pxd for Python, field by field in the same order."""

from __future__ import annotations

import numpy as np

ORDER = np.dtype([(name, "f8") for name in ("speed_rpm", "enable", "edges", "safe", "written_s")])
REPORT = np.dtype([(name, "f8") for name in ("speed_rpm", "current_A", "flow_L_min", "bad", "replied_s")])
