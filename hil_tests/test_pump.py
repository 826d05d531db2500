"""The rotary pump in a failing heart: its levels, what they do, and that it is never stopped across the valve unasked."""

import pytest

pytestmark = [pytest.mark.needs("impella"), pytest.mark.bench(set={"pump.device": "impella-cp"})]

LEVELS = ("P-2", "P-4", "P-6", "P-8", "P-9")


@pytest.fixture
def fitted(rig):
    """The CP in the shock patient; on a wired loop, in whatever it was put."""
    patient = "cardiogenic-shock" if "patient-model" in rig.offers else None
    return rig.prepare(patient=patient, set={"pump.device": "impella-cp", "pump.level": "P-2"})


def test_levels_are_ordered(fitted):
    rig = fitted
    rig.start()
    found = []
    for level in LEVELS:
        rig.set("pump.level", level)
        rig.advance(5.0)
        found.append(rig.until_steady())
    for metric, falling in (("pump_flow_L_min", False), ("map_mmHg", False), ("cpo_W", False), ("lvedp_mmHg", True)):
        values = [measured[metric] for measured in found]
        assert values == sorted(values, reverse=falling), f"{metric} at {', '.join(LEVELS)}: {values}"
        assert abs(values[-1] - values[0]) > 0.05 * abs(values[0]), f"{metric} hardly answers: {values}"


@pytest.mark.parametrize("level", LEVELS)
def test_flow_of_a_level(fitted, level):
    """At least the low end of the maker's band: in shock the pump works against less than the 60 mmHg of the table."""
    rig = fitted
    low, _ = rig.experiment.pump.levels[level].flow_L_min
    rig.set("pump.level", level)
    rig.start()
    rig.advance(10.0)
    rig.metrics(8.0)
    rig.expect("pump_flow_L_min", low=low, source=f"{rig.experiment.pump.device.name}, level {level} at 60 mmHg")
    rig.expect("suction_pct", high=0, source="a filled ventricle is not sucked shut")


@pytest.mark.parametrize("level", LEVELS)
def test_rotor_follows(fitted, level):
    rig = fitted
    rig.set("pump.level", level)
    rig.start()
    rig.advance(8.0)
    asked = rig.experiment.pump.levels[level].speed_rpm
    assert rig.signal("out.pump_speed_rpm") == asked
    assert rig.signal("in.pump_speed_rpm", 2.0).mean() == pytest.approx(asked, rel=0.01)


def test_speed_by_rpm_stays_within_the_device(fitted):
    rig = fitted
    low, high = rig.experiment.pump.speed_range_rpm
    rig.set({"pump.level": "by-speed", "pump.speed_rpm": 55000.0})
    rig.start()
    rig.advance(8.0)
    assert rig.signal("out.pump_speed_rpm") == high
    rig.set("pump.speed_rpm", 1.0)
    rig.advance(8.0)
    assert rig.signal("out.pump_speed_rpm") == low


def test_trip_keeps_it_turning(fitted, declared):
    """The fail-safe of a pump across the valve is the lowest speed that prevents backflow, as its file declares."""
    rig = fitted
    rig.set("pump.level", "P-8")
    rig.start()
    rig.advance(8.0)
    rig.trip()
    rig.advance(5.0)
    assert rig.state == "SAFE"
    assert rig.signal("out.pump_speed_rpm") == declared("safe")["out.pump_speed_rpm"] > 0.0
    assert rig.signal("in.pump_flow_L_min", 3.0).mean() > 0.0


def test_stop_ramps_to_standby(fitted, declared):
    rig = fitted
    rig.set("pump.level", "P-8")
    rig.start()
    rig.advance(8.0)
    rig.stop()
    assert rig.state == "ARMED"
    rig.advance(0.1)
    assert rig.signal("out.pump_speed_rpm") == declared("standby")["out.pump_speed_rpm"]
