"""Arming checks: one reason for each thing that is wrong, all of them together, none for a bench that is well."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cext.frame import FRAME_DTYPE
from cext.tables.load import inputs
from controller.arming import checks_of, reasons_against
from controller.arming.devices import devices_ready
from controller.arming.inputs import inputs_check
from controller.config import load_bench
from controller.config.experiment import load_experiment
from controller.session.assemble import assemble
from controller.session.errors import NotArmed

BENCH = load_bench("virtual")


def frame(bad: str = "", quality: int = 0, age_s: float = 0.0) -> np.void:
    """A frame in which one input is bad."""
    found = np.zeros(1, FRAME_DTYPE)
    if bad:
        i = [s.path for s in inputs()].index(bad)
        found["state.bad_inputs"] = 1 << i
        found["quality"][0, i] = quality
        found["age_s"][0, i] = age_s
    return found[0]


def session(latest: np.void, complaints: list[str] | None = None) -> Any:
    rig = SimpleNamespace(complaints=lambda: complaints or [])
    return SimpleNamespace(latest=latest, loop=SimpleNamespace(rig=rig), state="SAFE", latched=("input_lost",), override=frozenset(),
        planned={},
                           values=lambda: {"iabp.enabled": True, "patient.ar_area_cm2": 0.2})  # fmt: skip


@pytest.mark.parametrize(
    ("quality", "age_s", "words"),
    [
        (2, 0.5, "no new value for 500 ms, at most 5 ms are allowed"),
        (2, float("inf"), "no new value yet"),
        (0, 0.006, "no new value for 6 ms"),
        (3, 0.0, "its device reports a fault"),
        (4, 0.0, "outside -50 to 300 mmHg"),
        (0, 0.0, "not finite, or outside -50 to 300 mmHg"),
        (1, 0.0, "does not have this channel"),
    ],
)
def test_a_bad_required_input_is_named_with_what_to_look_at(quality: int, age_s: float, words: str) -> None:
    (reason,) = inputs_check(BENCH)(session(frame("in.aop_mmHg", quality, age_s)))
    assert reason.startswith("in.aop_mmHg: ") and words in reason


def test_an_input_that_is_not_required_is_no_reason() -> None:
    assert inputs_check(BENCH)(session(frame("in.lap_mmHg", 3))) == []


def test_the_words_of_devices_are_reasons() -> None:
    assert devices_ready(session(frame(), ["pump drive left: lost"])) == ["pump drive left: lost"]


def test_all_reasons_come_together_each_once() -> None:
    wrong = session(frame("in.ecg_mV", 3), ["pump drive left: lost", "pump drive left: lost"])
    reasons = reasons_against(checks_of(BENCH), wrong)
    assert [text.split(":")[0].split(",")[0] for text in reasons] == [
        "the machine is in SAFE", "in.ecg_mV", "pump drive left", "before the first step",
    ]  # fmt: skip


def test_a_bench_that_is_well_arms_and_one_that_is_not_says_why() -> None:
    made = assemble(load_experiment("impella-ramp"), faulty=True)

    async def play() -> None:
        await made.open()
        made.loop.rig.inject("in.lap_mmHg", "off")
        await made.arm()
        await made.disarm()
        made.loop.rig.inject("in.ecg_mV", "off")
        for _ in range(3):
            await made.advance()
        with pytest.raises(NotArmed) as refused:
            await made.arm()
        assert "latched: input_lost; reset first" in refused.value.reasons[0]
        assert refused.value.reasons[1].startswith("in.ecg_mV: ")

    try:
        asyncio.run(play())
    finally:
        made.close()
