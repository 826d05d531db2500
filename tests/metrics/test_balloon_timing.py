"""Which diastole is assisted and how the balloon is timed, on rectangular balloon pulses at known instants.

The synthetic valve opens 60 ms after activation and closes at 300 ms.
"""

import numpy as np
import pytest

from controller.metrics import Context, Meter, window

ON = Context(iabp_enabled=True)


def measure(frames, context=ON, block=137):
    meter = Meter(context)
    return [b for i in range(0, len(frames), block) for b in meter.push(frames[i : i + block])]


def test_one_to_two(heart):
    """Aortic pressure of beat i is 80 + i before the valve opens, so that each value tells which beat it is of."""
    frames = heart([0.8] * 8, inflate=dict.fromkeys((1, 3, 5), (0.31, 0.77)))
    beats = measure(frames)  # the first beat is cut off: nobody saw its activation
    assert [b.number for b in beats] == [2, 3, 4, 5, 6, 7]
    assert [b.assisted for b in beats] == [True, False] * 3
    ended = [b.values["aop_end_diastolic_assisted_mmHg"] for b in beats]
    assert ended == [None, 82.0, None, 84.0, None, 86.0]
    ended = [b.values["aop_end_diastolic_unassisted_mmHg"] for b in beats]
    assert ended == [None, None, 83.0, None, 85.0, None]
    assert beats[0].reasons["aop_end_diastolic_unassisted_mmHg"] == "the beat before this one was not seen"
    assert beats[1].reasons["aop_end_diastolic_unassisted_mmHg"] == "the diastole before was assisted"
    assert beats[2].reasons["aop_end_diastolic_assisted_mmHg"] == "the diastole before was not assisted"
    assert [b.values["aop_augmented_mmHg"] for b in beats] == [81.0, None, 83.0, None, 85.0, None]
    assert [b.values["iabp_volume_mL"] for b in beats] == [40.0, None] * 3
    assert beats[1].reasons["iabp_volume_mL"] == "the diastole of this beat is not assisted"
    means = window(beats, group=2)
    assert means.beats == 6
    assert means.values["aop_end_diastolic_assisted_mmHg"] == 84.0
    assert means.counts["aop_end_diastolic_assisted_mmHg"] == 3


def test_timing_errors_in_order(heart):
    """Inflation at 310 ms is 10 ms after closure; emptied at 770 of 800 ms is 30 + 60 ms before the next opening."""
    beats = measure(heart([0.8] * 5, inflate=dict.fromkeys(range(5), (0.31, 0.77))))
    for beat in beats:
        assert beat.values["iabp_inflation_error_ms"] == pytest.approx(10.0, abs=1e-6)
    for beat in beats[1:]:
        assert beat.values["iabp_deflation_error_ms"] == pytest.approx(-90.0, abs=1e-6)


@pytest.mark.parametrize(("end_s", "error_ms"), [(0.70, -160.0), (0.80, -60.0), (0.84, -20.0), (0.90, 40.0)])
def test_deflation_error_runs_through_the_end_of_the_beat(heart, end_s, error_ms):
    beats = measure(heart([0.8] * 5, inflate={1: (0.35, end_s), 2: (0.35, end_s)}))
    assert beats[1].values["iabp_deflation_error_ms"] == pytest.approx(error_ms, abs=1e-6)
    assert beats[2].values["iabp_deflation_error_ms"] == pytest.approx(error_ms, abs=1e-6)
    assert [b.assisted for b in beats] == [True, True, False]


def test_early_inflation_is_measured_against_the_last_unmoved_closure(heart):
    frames = heart([0.8] * 6, inflate=dict.fromkeys((3, 4, 5), (0.2, 0.7)))
    # The early balloon shuts the valve at once in those beats.
    moved = (np.arange(len(frames)) >= 2400) & ((np.arange(len(frames)) % 800) >= 210)
    frames["plant.av_opening"][moved] = 0.0
    frames["plant.av_flow_mL_s"][moved] = 0.0
    beats = measure(frames)
    assert [b.assisted for b in beats] == [False, False, True, True]
    assert beats[2].values["iabp_inflation_error_ms"] == pytest.approx(-100.0, abs=1e-6)
    assert beats[3].values["iabp_inflation_error_ms"] == pytest.approx(-100.0, abs=1e-6)
    only_early = measure(heart([0.8] * 4, inflate=dict.fromkeys(range(4), (0.2, 0.7))))
    assert "no unassisted closure has been seen" in only_early[0].reasons["iabp_inflation_error_ms"]


def test_remembered_closure_does_not_hold_for_another_heart_rate(heart):
    beats = measure(heart([0.8, 0.8, 0.8, 0.5, 0.5, 0.5], inflate=dict.fromkeys((3, 4, 5), (0.2, 0.45))))
    assert "0.80 s, this one lasts 0.50 s" in beats[3].reasons["iabp_inflation_error_ms"]


def test_balloon_that_never_empties(heart):
    beats = measure(heart([0.8] * 4, inflate={1: (0.31, 3.0)}))
    assert beats[1].reasons["iabp_deflation_error_ms"] == "the balloon does not empty within the beat"
    assert [b.assisted for b in beats] == [True, False]


def test_shut_valve_has_no_timing_error(heart):
    frames = heart([0.8] * 4, inflate={1: (0.31, 0.77), 2: (0.31, 0.77)})
    frames["plant.av_opening"] = frames["plant.av_flow_mL_s"] = 0.0
    beats = measure(frames)
    for name in ("iabp_inflation_error_ms", "iabp_deflation_error_ms"):
        assert beats[1].reasons[name] == "the aortic valve stays shut in this beat"
    assert beats[1].values["aop_end_diastolic_assisted_mmHg"] == 82.0


def test_balloon_that_is_off_is_empty(heart):
    beats = measure(heart([0.8] * 3), Context(iabp_enabled=False))
    assert [b.values["iabp_volume_mL"] for b in beats] == [0.0]
    assert beats[0].reasons["aop_augmented_mmHg"] == "the balloon pump is off"


def test_trace_of_gas_is_no_inflation(heart):
    beats = measure(heart([0.8] * 3, inflate={1: (0.31, 0.77)}, fill_mL=1.5))
    assert beats[0].assisted is False


def test_bench_without_balloon_volume_knows_assistance_from_the_law(heart):
    frames = heart([0.8] * 6, inflate={1: (0.31, 0.77), 3: (0.31, 0.77)})
    for name in ("aop_mmHg", "lvp_mmHg"):
        frames[f"in.{name}"] = frames[f"plant.{name}"]
    frames["in.aortic_flow_L_min"] = frames["plant.av_flow_mL_s"] * 0.06
    beats = measure(frames, Context(source="inputs", iabp_enabled=True))
    assert [b.assisted for b in beats] == [True, False, True, False]
    assert beats[0].values["aop_augmented_mmHg"] == 81.0
    assert beats[1].values["aop_end_diastolic_assisted_mmHg"] == 82.0
    assert beats[0].reasons["iabp_volume_mL"] == "balloon volume is not measured on this bench"


def test_gap_in_the_beats_forgets(heart):
    """After a pause without beats nobody knows what the diastole before was like."""
    frames = heart([0.8] * 3, inflate={1: (0.31, 0.77)})
    tail = heart([0.8] * 3)
    tail["time.t_s"] += 8.0
    tail["plant.beat"] += 10
    pause = heart([5.6])
    pause["time.t_s"] += 2.4
    pause["plant.beat"] = 3.0
    beats = measure(np.concatenate([frames, pause, tail]))
    assert [b.whole for b in beats] == [True, False, False, False, True, True]
    assert beats[4].reasons["aop_end_diastolic_unassisted_mmHg"] == "the beat before this one was not seen"
    assert beats[5].values["aop_end_diastolic_unassisted_mmHg"] is not None


def test_onset_and_emptiness_are_at_a_tenth_of_the_fill(heart):
    edges, ramps = (heart([0.8] * 4, inflate={1: (0.31, 0.6)}) for _ in range(2))
    t = ramps["time.t_s"] + 2e-4
    rising, falling = (t - 0.8 - 0.31) / 0.1, 1.0 - (t - 0.8 - 0.6) / 0.1  # 100 ms each, as a real balloon takes
    ramps["plant.balloon_mL"] = 40.0 * np.clip(np.minimum(rising, falling), 0.0, 1.0)
    found = {name: [dict(beat.values) for beat in measure(frames)] for name, frames in (("edges", edges), ("ramps", ramps))}
    for metric, later_ms in (("iabp_inflation_error_ms", 10.0), ("iabp_deflation_error_ms", 90.0)):
        steep, slow = ([beat[metric] for beat in found[name] if beat.get(metric) is not None] for name in ("edges", "ramps"))
        assert len(steep) == len(slow) == 1, metric
        assert slow[0] - steep[0] == pytest.approx(later_ms, abs=1.0), metric
