"""Absurd but legal: any device at any setting in any heart runs without NaN, conserves what it must, and says what happened."""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cext.plant.model import PlantModel
from cext.tables import load

CONFIGS = Path(__file__).parents[2] / "configs"
GROUPS = ("iabp.", "pump.", "rpump.", "ecmo.")
EXTREMES = ("patient.lv_ees_mmHg_mL", "patient.rv_ees_mmHg_mL", "patient.svr_scale", "patient.pvr_scale", "patient.hr_bpm",
            "patient.blood_volume_delta_mL", "patient.ar_area_cm2", "patient.mr_area_cm2", "patient.rhythm")  # fmt: skip


@cache
def device(name):
    return tomllib.loads((CONFIGS / "devices" / f"{name}.toml").read_text()) if name != "none" else None


def drawn(row):
    if row.kind == "choice":
        return st.sampled_from(row.choices)
    if row.kind == "bool":
        return st.booleans()
    return st.one_of(st.sampled_from([row.low, row.high, row.default]), st.floats(row.low, row.high))


TABLE = load.settings()
ANY = st.fixed_dictionaries(
    {p: drawn(r) for p, r in TABLE.items() if (p.startswith(GROUPS) or p in EXTREMES) and r.kind != "int"}
)
INPUTS = st.fixed_dictionaries({
    "pump_speed_rpm": st.sampled_from([0.0, 1000.0, 25_000.0, 55_000.0]),
    "pump_enable": st.sampled_from([0.0, 1.0]),
    "rpump_speed_rpm": st.sampled_from([0.0, 10_000.0, 55_000.0]),
    "rpump_enable": st.sampled_from([0.0, 1.0]),
    "ecmo_speed_rpm": st.sampled_from([0.0, 2500.0, 5000.0]),
    "ecmo_enable": st.sampled_from([0.0, 1.0]),
    "valve_pressure": st.sampled_from([0.0, 0.3, 1.0]),
    "valve_vacuum": st.sampled_from([0.0, 1.0]),
})  # fmt: skip


@settings(derandomize=True, deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(ANY, st.sampled_from(["iabp-30", "iabp-34", "iabp-40", "iabp-50"]), st.lists(INPUTS, min_size=1, max_size=3))
def test_any_devices_at_any_settings_stay_finite_and_true(values, balloon, pieces):
    model = PlantModel(
        values, balloon=device(balloon), pump=device(values["pump.device"]), rpump=device(values["rpump.device"])
    )
    before = None
    for driven in pieces:
        out = model.run(3.0, **driven)
        for name, column in out.items():
            assert np.isfinite(column).all(), (name, driven)
        assert out["v"].min() >= 0.0
        assert out["balloon_mL"].min() > 0.0 and out["balloon_gas_mL"].min() >= 0.0
        blood = out["blood_volume_mL"]
        if before is not None and not driven["ecmo_enable"]:
            # Nothing bleeds: what is there is what was, and what is given or taken at most 50 mL/s.
            assert abs(blood[-1] - before) <= 50.0 * 3.0 + 1e-6
        before = blood[-1]


def test_a_heart_that_does_nothing_with_a_stopped_pump_says_so():
    """Zero contractility as far as it goes, the pump an open tube: no output, pressures come together, and metrics are absent."""
    values = {
        "patient.lv_ees_mmHg_mL": 0.05,
        "patient.rv_ees_mmHg_mL": 0.05,
        "patient.rhythm": "asystole",
        "patient.baroreflex": False,
    }
    model = PlantModel(values, pump=device("impella-cp"))
    out = model.run(60.0)
    late = {name: x[-1000:] for name, x in out.items()}
    assert np.isfinite(late["aop_mmHg"]).all()
    assert abs(late["systemic_flow_mL_s"].mean()) < 5.0
    assert late["aop_mmHg"].mean() < 30.0 and np.ptp(late["aop_mmHg"]) < 5.0
