"""Devices on a slow bus behind their mailboxes, as part of one rig."""

import math

import pytest

from rigs.composite import CompositeRig
from rigs.hand import Hand
from rigs.mailbox import Mailbox

SAFE_RPM = 31000.0


class Drive:
    """What a bus device has to be; its thread is the test."""

    def __init__(self, fails=False):
        self.mailbox = Mailbox(["pump_speed_rpm", "pump_current_A"], {"pump_speed_rpm": SAFE_RPM, "pump_enable": 1.0})
        self.fails, self.log = fails, []

    def open(self):
        self.log.append("open")
        if self.fails:
            raise OSError("drive left: no answer at 192.0.2.1:502")

    def close(self):
        self.log.append("close")

    def explain(self, code):
        return "drive left: overcurrent" if code == -7 else ""

    def in_virtual_time(self):
        raise ValueError("drive left runs in real time only")

    def header(self):
        return {"drive": "left"}


@pytest.fixture
def kit():
    drive = Drive()
    rig = CompositeRig(None, [drive])
    hand = Hand(rig)
    rig.open()
    yield rig, hand, drive
    rig.close()


def test_before_the_first_reply_its_channels_are_stale(kit):
    _, hand, _ = kit
    code, frame = hand.read()
    assert code == 0
    assert math.isnan(frame["in.pump_speed_rpm"])
    assert quality_of(frame, "in.pump_speed_rpm") == 2
    assert quality_of(frame, "in.aop_mmHg") == 1


def quality_of(frame, path):
    from cext.tables.load import inputs

    return int(frame["quality"][[s.path for s in inputs()].index(path)])


def age_of(frame, path):
    from cext.tables.load import inputs

    return float(frame["age_s"][[s.path for s in inputs()].index(path)])


def test_a_reply_is_fresh_and_ages_until_the_next(kit):
    _, hand, drive = kit
    drive.mailbox.post({"pump_speed_rpm": 44000.0})
    first = hand.read()[1]
    assert (first["in.pump_speed_rpm"], quality_of(first, "in.pump_speed_rpm")) == (44000.0, 0)
    assert quality_of(first, "in.pump_current_A") == 2
    later = hand.read()[1]
    assert age_of(later, "in.pump_speed_rpm") > age_of(first, "in.pump_speed_rpm") >= 0.0
    drive.mailbox.post({"pump_speed_rpm": 44100.0, "pump_current_A": 0.7})
    assert hand.read()[1]["in.pump_current_A"] == pytest.approx(0.7)


def test_set_points_reach_the_device_and_safe_ones_say_so(kit):
    _, hand, drive = kit
    assert drive.mailbox.asked() is None
    hand.write(pump_speed_rpm=40000.0, pump_enable=1.0)
    asked = drive.mailbox.asked()
    assert (asked.outputs, asked.safe) == ({"pump_speed_rpm": 40000.0, "pump_enable": 1.0}, False)
    assert asked.age_s >= 0.0
    hand.make_safe()
    asked = drive.mailbox.asked()
    assert (asked.outputs, asked.safe) == ({"pump_speed_rpm": 0.0, "pump_enable": 0.0}, True)
    hand.energise()
    hand.make_safe()
    assert drive.mailbox.asked().outputs == {"pump_speed_rpm": SAFE_RPM, "pump_enable": 1.0}


def test_a_fault_of_the_device_is_an_error_of_the_rig_until_the_next_good_reply(kit):
    rig, hand, drive = kit
    drive.mailbox.post({"pump_speed_rpm": 44000.0})
    drive.mailbox.fail(-7)
    assert hand.read()[0] == -7
    assert rig.explain(-7) == "drive left: overcurrent"
    drive.mailbox.post({"pump_speed_rpm": 0.0})
    assert hand.read()[0] == 0


def test_what_was_opened_is_closed_when_another_device_fails():
    good, bad = Drive(), Drive(fails=True)
    bad.mailbox = Mailbox([], {})
    rig = CompositeRig(None, [good, bad])
    with pytest.raises(OSError, match="no answer at"):
        rig.open()
    assert good.log == ["open", "close"]
    assert not rig.is_open


def test_two_devices_for_one_channel_are_refused():
    with pytest.raises(ValueError, match=r"two devices claim in\.pump_speed_rpm"):
        CompositeRig(None, [Drive(), Drive()])


def test_virtual_time_is_refused(kit):
    rig, _, _ = kit
    assert rig.make_clock(True) is None
    with pytest.raises(ValueError, match="real time only"):
        rig.make_clock(False)


def test_a_mailbox_knows_its_channels():
    with pytest.raises(ValueError, match="not in the signal table"):
        Mailbox(["speed"], {})
    box = Mailbox(["pump_speed_rpm"], {})
    with pytest.raises(ValueError, match="no input of this device"):
        box.post({"aop_mmHg": 80.0})
    with pytest.raises(ValueError, match="below 0"):
        box.fail(0)
