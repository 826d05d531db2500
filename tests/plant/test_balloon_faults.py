"""The gas circuit of the balloon: what each fault does to the line pressure that a console sees, and to the balloon itself.

An aorta at 60 mmHg that holds 0.8 mmHg more per mL of balloon; beats of 0.8 s, inflated for 0.35 s. Baseline: just before inflation;
plateau: just before deflation; overshoot: the peak of the line; vacuum: its lowest while the balloon empties.
"""

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cext.plant import components
from cext.plant.model import PlantModel

CONFIGS = Path(__file__).parents[2] / "configs"
RR, ON, OFF = 800, 100, 450


def device(name):
    return tomllib.loads((CONFIGS / "devices" / f"{name}.toml").read_text())


@cache
def pumped(beats=30, size=40, **fault):
    """Shape of the first and of the last beat, and gas and blood at the end."""
    phase = np.arange(beats * RR) % RR
    inflated = ((phase >= ON) & (phase < OFF)).astype(float)
    out = components.balloon(device(f"iabp-{size}"), inflated, 1.0 - inflated, 1e-3, p_aorta=60.0, c_mmHg_mL=0.8, **fault)
    line, volume = out[:, 2].reshape(beats, RR) - 760.0, out[:, 0].reshape(beats, RR)

    def shape(beat):
        swell, fall = volume[beat, ON:OFF], volume[beat, OFF:]
        return {
            "baseline": line[beat, ON - 10],
            "plateau": line[beat, OFF - 10],
            "overshoot": line[beat].max(),
            "vacuum": line[beat, OFF:].min(),
            "decay": line[beat, OFF - 110] - line[beat, OFF - 10],
            "filled_mL": swell.max(),
            "fill_ms": int(np.argmax(swell > 0.9 * size)) or RR,
            "empty_ms": int(np.argmax(fall < 0.1 * size)) or RR,
        }

    return shape(1), shape(beats - 1), out[-1, 5] / 760.0, out[-1, 6]


def test_a_sound_balloon_shows_baseline_overshoot_plateau_and_vacuum():
    _, beat, gas, blood = pumped()
    assert abs(beat["baseline"]) < 10.0
    assert beat["overshoot"] > beat["plateau"] + 10.0 > 100.0  # the peak of filling over a plateau at the aorta's pressure
    assert abs(beat["decay"]) < 0.1 and blood == 0.0
    assert 40.0 < beat["filled_mL"] < 41.0
    _, later, same, _ = pumped(beats=60)
    assert same == pytest.approx(gas, rel=1e-9)  # a closed circuit
    assert later["plateau"] == pytest.approx(beat["plateau"], abs=0.01)


@pytest.mark.parametrize("size", [30, 34, 40, 50])
def test_every_size_fills_and_empties_and_carbon_dioxide_is_slower(size):
    (_, helium, _, _), (_, co2, _, _) = pumped(size=size), pumped(size=size, gas="co2")
    assert size <= helium["filled_mL"] < 1.03 * size
    assert 60 <= helium["fill_ms"] < co2["fill_ms"] - 20 and helium["empty_ms"] < co2["empty_ms"] - 20
    assert helium["empty_ms"] < 130


def test_larger_balloons_take_longer():
    times = [pumped(size=size)[1] for size in (30, 34, 40, 50)]
    for key in ("fill_ms", "empty_ms"):
        assert [t[key] for t in times] == sorted(t[key] for t in times)


def test_a_leak_lets_plateau_and_baseline_fall():
    (_, sound, gas, _), (first, last, left, _) = pumped(), pumped(leak_mL_min=50.0)
    assert first["decay"] > 0.2 > sound["decay"] + 0.1  # while it is held full
    assert last["baseline"] < sound["baseline"] - 10.0 and last["plateau"] < sound["plateau"] - 10.0
    assert left < gas - 1.0


def test_a_loose_connector_loses_gas_and_one_that_is_off_all_effect():
    (_, sound, gas, _), (_, loose, left, _), (_, off, _, _) = pumped(), pumped(disconnection=0.001), pumped(disconnection=1.0)
    assert loose["baseline"] < sound["baseline"] - 15.0 and left < gas - 2.0
    assert abs(off["baseline"]) < 1.0 and abs(off["plateau"]) < 2.0 and off["filled_mL"] < 0.7 * 40.0


def test_a_torn_balloon_lets_gas_out_and_blood_in():
    first, last, _, blood = pumped(burst=True)
    assert first["baseline"] < -10.0  # within a beat or two
    assert blood > 0.5 and last["filled_mL"] < 30.0
    assert last["plateau"] > 200.0  # the blood in the lumen: the console's pressure no longer reaches the balloon


def test_a_kink_keeps_the_overshoot_up_and_slows():
    _, sound, _, _ = pumped()
    _, half, _, _ = pumped(kink=0.5)
    _, most, _, _ = pumped(kink=0.75)
    assert half["overshoot"] > sound["overshoot"] + 50.0 and half["fill_ms"] > 2 * sound["fill_ms"]
    assert most["plateau"] > 200.0 and most["filled_mL"] < 20.0  # a rounded, high line and a balloon that hardly moves
    assert most["vacuum"] < half["vacuum"] < sound["vacuum"] - 30.0
    _, shut, _, _ = pumped(kink=1.0)
    assert shut["filled_mL"] == pytest.approx(2.4, abs=0.1)


def test_blood_in_the_line_is_like_a_kink():
    _, beat, _, blood = pumped(line_blood_mL=4.0)
    assert blood == 4.0 and beat["plateau"] > 200.0 and beat["filled_mL"] < 20.0


@pytest.mark.parametrize("position", [1, 2])
def test_a_balloon_that_lies_wrong_does_not_unfold(position):
    (_, sound, _, _), (_, wrong, _, _) = pumped(), pumped(position=position)
    assert wrong["plateau"] > sound["plateau"] + 40.0 and wrong["filled_mL"] < 0.9 * sound["filled_mL"]


def test_it_is_filled_to_what_is_asked_for():
    _, beat, _, _ = pumped(fill_mL=25.0, autofill=True)
    assert 24.0 < beat["filled_mL"] < 30.0 and abs(beat["baseline"]) < 10.0
    assert beat["plateau"] < pumped()[1]["plateau"] - 20.0  # slack: the aorta's own pressure


def model(**settings):
    still = {"patient.sdnn_ms": 0.0, "patient.breathing": "off"}
    return PlantModel(still | {f"iabp.{k}": v for k, v in settings.items()}, balloon=device("iabp-40"))


def test_a_console_that_fills_makes_up_for_what_was_lost_and_one_that_does_not_does_not():
    gas = {}
    for autofill in (True, False):
        m = model(enabled=True, autofill=autofill, disconnection=0.05)
        m.skip(12.0, valve_vacuum=1.0)
        m.skip(8.0, valve_pressure=1.0)
        lost = m.run(0.1, valve_vacuum=1.0)["balloon_gas_mL"][-1]
        m.set({"iabp.disconnection": 0.0, "iabp.autofill": False})
        m.skip(1.0, valve_vacuum=1.0)
        m.set({"iabp.autofill": autofill})
        gas[autofill] = m.run(12.0, valve_vacuum=1.0)["balloon_gas_mL"][-1]
    assert lost < 70.0
    assert gas[True] > 80.0 and gas[False] == pytest.approx(lost, rel=0.01)


def test_too_low_it_narrows_the_abdomen_and_too_high_the_left_arm():
    flow = {}
    for position in ("correct", "too-low", "too-high"):
        out = model(position=position).run(12.0, valve_pressure=1.0)
        flow[position] = {name: out["q"][-4000:, i].mean() for name, i in (("body", 5), ("arms", 6))}
    # Held full, so that only the narrowing counts: each where it lies.
    assert flow["too-high"]["arms"] < 0.9 * flow["correct"]["arms"]
    assert flow["too-low"]["arms"] > 0.98 * flow["correct"]["arms"]
