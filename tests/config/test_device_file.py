"""Device files: what the models take from them, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cext.tables.load import settings
from controller.config import load_device
from controller.config.device import Balloon, RotaryPump
from controller.config.find import shipped

Said = Callable[..., list[tuple[str, str, str]]]
PUMP = (shipped() / "devices" / "impella-cp.toml").read_text(encoding="utf-8")
BALLOON = (shipped() / "devices" / "iabp-40.toml").read_text(encoding="utf-8")

CASES = {
    "unknown kind": (PUMP, 'kind = "rotary-pump"', 'kind = "rotary-pmp"', "device.kind", "is no kind of device"),
    "no kind": (PUMP, 'kind = "rotary-pump"\n', "", "device.kind", "is required and missing"),
    "unknown level": (PUMP, "P-9 = 46000", "P-11 = 46000", "levels_rpm.P-11", "unknown level"),
    "faster than the motor": (PUMP, "P-9 = 46000", "P-9 = 46001", "levels_rpm.P-9", "is faster than the motor"),
    "band upside down": (PUMP, "[1.1, 2.1]", "[2.1, 1.1]", "flow_bands_L_min.P-2", "does not rise"),
    "safe speed it does not have": (
        PUMP,
        "speed_rpm = 31000",
        "speed_rpm = 20000",
        "safe.speed_rpm",
        "is no speed",
    ),
    "safe without a reason": (PUMP, "reason = ", "reson = ", "safe.reason", "is required and missing"),
    "no inertance": (PUMP, "inertance_mmHg_s2_mL = 0.01", "inertance_mmHg_s2_mL = 0", "head_flow.inertance", "is too low"),
    "folded larger than full": (
        BALLOON,
        "residual_mL = 2.4",
        "residual_mL = 40.0",
        "balloon.residual_mL",
        "is not below",
    ),
    "gas in the file": (BALLOON, "[drive]", '[drive]\ngas = "helium"', "drive.gas", "unknown key"),
    "keys of a pump in a balloon": (BALLOON, "[drive]", "[levels_rpm]\nP-1 = 1\n[drive]", "levels_rpm", "unknown key"),
}


@pytest.mark.parametrize(("text", "old", "new", "key", "what"), CASES.values(), ids=CASES)
def test_refused(said: Said, text: str, old: str, new: str, key: str, what: str) -> None:
    found = said(text, old, new)
    assert any(k.startswith(key) and w.startswith(what) for _, k, w in found), found


def test_pump() -> None:
    pump = load_device("impella-cp")
    assert isinstance(pump, RotaryPump)
    assert pump.speed_range_rpm == (23000.0, 46000.0)
    assert pump.levels["P-2"].speed_rpm == 31000.0
    assert pump.levels["P-2"].flow_L_min == (1.1, 2.1)
    assert pump.levels["P-0"].flow_L_min is None
    assert pump.safe.speed_rpm == 31000.0


def test_balloon() -> None:
    balloon = load_device("iabp-40")
    assert isinstance(balloon, Balloon)
    assert balloon.balloon.nominal_mL == 40.0


def test_every_pump_that_can_be_chosen_has_a_file() -> None:
    names = [name for place in ("pump.device", "rpump.device") for name in settings()[place].choices if name != "none"]
    assert [load_device(name).name for name in names] == names
