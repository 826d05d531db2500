"""Offsets that the timing in force does not heed are told, not swallowed."""

from controller.session.offsets import unheeded

OFFSETS = ("iabp.inflation_offset_ms", "iabp.deflation_offset_ms")


def told(timing, inflation_ms, deflation_ms):
    values = {"iabp.timing": timing, OFFSETS[0]: inflation_ms, OFFSETS[1]: deflation_ms}
    return [text.split(" = ")[0] for text in unheeded(values, OFFSETS)]


def test_an_offset_without_effect_is_told():
    assert told("auto", 20.0, -10.0) == list(OFFSETS)
    assert told("semi-auto", 20.0, -10.0) == [OFFSETS[1]]
    assert told("manual", 20.0, -10.0) == []
    assert told("auto", 0.0, -60.0) == [], "the defaults say nothing"


def test_it_is_an_event_of_the_run(rig_run):
    events = []
    rig_run(["iabp.inflation_offset_ms=20"], 2.0, [(1.0, {"iabp.deflation_offset_ms": 5.0}, 0.0)], heard=events.append)
    said = [event.text for event in events if "no effect" in event.text]
    assert len(said) == 2
    assert said[0].startswith("iabp.inflation_offset_ms = 20 ms has no effect while iabp.timing is auto")
