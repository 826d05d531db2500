"""For any input whatever: every metric is a finite number, or None with a reason."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cext.tables.load import signals
from cext.tables.metrics import metrics
from controller.metrics import Context, beat_metrics, window
from controller.metrics.quantities import QUANTITIES

DTYPE = np.dtype([(s.path, "f8") for s in signals()])
PATHS = sorted({p for q in QUANTITIES for p in (q.plant, q.inputs) if p})

any_float = st.floats(allow_nan=True, allow_infinity=True, width=64)
sane = st.floats(-200, 400)


@st.composite
def beats(draw, numbers):
    n = draw(st.integers(1, 24))
    frames = np.zeros(n, DTYPE)
    frames["time.t_s"] = np.arange(n) * 1e-3
    table = draw(hnp.arrays(np.float64, (len(PATHS), n), elements=numbers))
    for row, path in enumerate(PATHS):
        frames[path] = table[row]
    return frames


contexts = st.builds(
    Context,
    source=st.sampled_from(["plant", "inputs"]),
    bsa_m2=st.sampled_from([None, 1.8]),
    lv_v0_mL=st.sampled_from([None, 0.0, 10.0]),
    lv_a_mmHg=st.sampled_from([None, 0.3]),
    lv_b_per_mL=st.sampled_from([None, 0.0, 0.03]),
    pump_device=st.sampled_from(["none", "impella-cp"]),
    iabp_enabled=st.booleans(),
)


def holds(got):
    assert list(got.values) == list(metrics())
    for name, value in got.values.items():
        if value is None:
            assert got.reasons[name]
        else:
            assert isinstance(value, float)
            assert math.isfinite(value)
            assert name not in got.reasons


@given(frames=st.one_of(beats(any_float), beats(sane)), context=contexts)
@settings(max_examples=120, deadline=None)
def test_finite_or_absent(frames, context):
    first = beat_metrics(frames, context)
    holds(first)
    second = beat_metrics(frames, context, first)
    holds(second)
    holds(window([first, second], group=2))


@given(frames=beats(sane), context=contexts, scale=st.floats(0.5, 2.0))
@settings(max_examples=40, deadline=None)
def test_flows_scale_with_flow(frames, context, scale):
    """Twice the flow is twice the output; a share stays a share."""
    first = beat_metrics(frames, context).values
    for path in PATHS:
        if "flow" in path:
            frames[path] *= scale
    second = beat_metrics(frames, context).values
    for name in ("co_L_min", "native_co_L_min", "pump_flow_L_min", "coronary_flow_mL_min", "ar_volume_mL", "mr_volume_mL"):
        if first[name] is not None and second[name] is not None:
            assert math.isclose(second[name], scale * first[name], rel_tol=1e-9, abs_tol=1e-9)
