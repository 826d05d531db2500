"""A technician's whole day in Debian's Chromium: find, look at the plan, run, answer, pause, alarm, acknowledge, STOP, reset, re-arm,
inject a fault, mark, read the report, compare, replay. With MOCKLOOP_SCREENSHOTS=FOLDER every step leaves a picture there."""

import os
import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(590)]
PICTURES = os.environ.get("MOCKLOOP_SCREENSHOTS", "")


def picture(page, name):
    if PICTURES:
        page.wait_for_timeout(500)
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def button(page, name, **options):
    return page.get_by_role("button", name=name, **options)


def state(page, wanted):
    page.locator(f".state.{wanted}").wait_for()


def take_control(page, name="anna"):
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    page.get_by_text(f"{name} in control").first.wait_for()


def find(page, search):
    page.keyboard.press("2")
    page.get_by_label("Search protocols").fill(search)
    page.get_by_role("option").first.click()
    page.get_by_text("expect map_mmHg 50 to 140 mmHg").wait_for()


def run(page, search):
    find(page, search)
    button(page, "Run it").click()
    page.get_by_role("form", name="Question of the protocol").wait_for()


@pytest.fixture
def watched(page):
    """The page, patient with a busy machine; its last picture is kept, however the day ends."""
    page.set_default_timeout(150_000)
    yield page
    picture(page, "99-last")


def test_a_technicians_day(watched):
    page = watched
    page.get_by_text("SIMULATED", exact=True).wait_for()
    state(page, "IDLE")
    page.get_by_text("ready to arm").wait_for()
    assert button(page, "Arm").is_disabled(), "nobody is in control yet"
    picture(page, "01-first-look")
    take_control(page)

    # find, look at plan and limits before anything starts, run, answer, verdict
    find(page, "short look check")
    picture(page, "02-plan")
    page.get_by_label("Settings, PATH=VALUE a line").fill("patient.hr_bpm=9000")
    page.get_by_text("is above the highest value").wait_for()
    assert button(page, "Run it").is_disabled(), "what is wrong is said before it is run"
    page.get_by_label("Settings, PATH=VALUE a line").fill("")
    page.get_by_text("expect map_mmHg 50 to 140 mmHg").wait_for()
    button(page, "Run it").click()
    page.get_by_role("form", name="Question of the protocol").wait_for()
    picture(page, "03-prompt")
    button(page, "Done").click()
    page.get_by_text("last run:").wait_for()
    page.get_by_role("link", name="report").first.wait_for()
    assert page.locator(".rest b").first.inner_text() == "✓ PASS"
    picture(page, "04-verdict")

    # pause and resume; the assist ratio and the timing by hand; the auditor beside the sliders
    run(page, "watch")
    button(page, "Done").click()
    button(page, "Pause").click()
    page.get_by_text("paused").first.wait_for()
    button(page, "Resume").click()
    button(page, "Pause").wait_for()
    page.keyboard.press("1")
    button(page, "Controls", exact=True).click()
    page.get_by_label("Timing", exact=True).select_option("manual")
    slider = page.get_by_role("slider", name="Deflation")
    page.locator("input[type=range]:enabled[id='iabp.deflation_offset_ms']").wait_for()
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    for _ in range(300):
        if page.get_by_label("Deflation, ms").input_value() == "-45":
            break
        page.wait_for_timeout(100)
    assert page.get_by_label("Deflation, ms").input_value() == "-45", "three steps of 5 ms, by keyboard"
    page.get_by_role("group", name="Timing auditor").get_by_text(re.compile("correct|early|late|borderline")).first.wait_for()
    picture(page, "05-controls")

    # a remark at the cursor
    page.keyboard.press("f")
    button(page, "Mark").click()
    page.get_by_label("Remark").fill("catheter flushed")
    page.keyboard.press("Enter")
    page.locator(".flag.annotation").get_by_text("catheter flushed").first.wait_for()
    picture(page, "06-marked")
    page.keyboard.press("f")

    # an alarm: acknowledged by name, which clears no trip; reset does
    page.keyboard.press("4")
    page.get_by_label("Search settings").fill("hr_bpm")
    field = page.get_by_label("patient.hr_bpm", exact=True)
    field.fill("150")
    field.press("Enter")
    state(page, "SAFE")
    alarm = page.locator("[data-condition=trip_request]")
    assert "!!! HIGH" in alarm.inner_text() and "▲" in alarm.inner_text(), "told by words and a shape, not by its colour alone"
    picture(page, "07-tripped")
    alarm.get_by_role("button", name="Acknowledge").click()
    alarm.get_by_text("✓ anna").wait_for()
    state(page, "SAFE")
    page.keyboard.press("5")
    page.get_by_role("region", name="Alarm history").get_by_text("✓ anna").wait_for()
    picture(page, "08-alarm-history")
    button(page, "Reset").click()
    page.get_by_text("TRIPPED").first.wait_for()
    state(page, "IDLE")

    # STOP on its key, in the middle of a form; every reason against arming; released, armed again
    run(page, "watch")
    button(page, "Done").click()
    state(page, "RUNNING")
    page.keyboard.press("2")
    page.get_by_label("Search protocols").press("F8")
    page.get_by_text("STOP is held").first.wait_for()
    page.get_by_text("ABORTED").first.wait_for()
    state(page, "IDLE")
    page.get_by_text("not ready to arm: 1 reason").click()
    page.get_by_text("STOP is held: release it").first.wait_for()
    picture(page, "09-stopped")
    button(page, "Arm").click()
    page.get_by_text("arm was refused").wait_for()
    button(page, "Close").click()
    button(page, "Release STOP").click()
    page.get_by_text("✓ ready to arm").wait_for()
    button(page, "Arm").click()
    state(page, "ARMED")

    # a fault on the armed bench, shown and cleared
    page.keyboard.press("1")
    button(page, "Faults", exact=True).click()
    page.get_by_label("Where").select_option("in.lap_mmHg")
    page.get_by_label("Lasts, s").fill("")
    button(page, "Inject now").click()
    page.get_by_text("until cleared").first.wait_for()
    page.get_by_text("1 fault injected").wait_for()
    picture(page, "10-fault")
    button(page, "Clear all faults").click()
    page.get_by_text("1 fault injected").wait_for(state="detached")
    button(page, "Loop", exact=True).click()
    button(page, "Disarm").click()
    state(page, "IDLE")

    # the list of runs, a summary, the stored report
    page.keyboard.press("3")
    rows = page.locator("section[aria-label=Runs] tbody tr")
    rows.nth(2).wait_for()
    assert [rows.nth(i).locator("td").nth(2).inner_text().split()[-1] for i in range(3)] == ["ABORTED", "TRIPPED", "PASS"]
    rows.nth(2).get_by_role("button").first.click()
    summary = page.get_by_role("region", name="Summary of the run")
    summary.get_by_text("look").wait_for()
    with page.expect_popup() as opened:
        rows.nth(2).get_by_role("link", name="report").click()
    opened.value.get_by_text("A short look at a patient").first.wait_for()
    opened.value.close()

    # compare with the tripped one, side by side
    page.get_by_label("Compare with").select_option(index=1)
    picture(page, "11-runs")
    button(page, "Compare side by side").click()
    both = page.get_by_role("region", name="Metrics of both")
    both.get_by_text(re.compile("mean arterial|MAP", re.I)).first.wait_for()
    page.wait_for_timeout(1500)
    assert page.evaluate(INKED) > 500, "beats of both are drawn"
    picture(page, "12-compare")
    page.keyboard.press("Escape")

    # replay of the tripped run: with its marks, its alarm, nothing that acts
    rows.nth(1).get_by_role("button", name=re.compile("Replay")).click()
    replay = page.get_by_role("region", name="Replay of a stored run")
    replay.get_by_text("REPLAY", exact=True).wait_for()
    replay.get_by_text("TRIPPED").wait_for()
    assert replay.get_by_role("button", name=re.compile("Turn on|Inject|Arm|Mark")).count() == 0, (
        "nothing here reaches the bench"
    )
    before = moment(replay)
    page.keyboard.press("]")
    page.keyboard.press(" ")
    page.wait_for_timeout(3000)
    page.keyboard.press(" ")
    played = moment(replay)
    assert before + 2 < played, "at twice the speed"
    page.wait_for_timeout(800)
    assert moment(replay) == played, "it stands"
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_timeout(500)
    assert moment(replay) < played
    replay.get_by_role("button", name="Events", exact=True).click()
    replay.get_by_text("anna: catheter flushed").wait_for()
    replay.get_by_role("row", name=re.compile("catheter flushed")).get_by_role("button").click()
    replay.get_by_role("button", name="Waveforms", exact=True).click()
    page.wait_for_timeout(1200)
    page.keyboard.press("ArrowRight")
    replay.get_by_text("✎ anna: catheter flushed").wait_for()
    picture(page, "13-replay")
    replay.get_by_role("button", name="Trends", exact=True).click()
    picture(page, "14-replay-trends")
    page.keyboard.press("Escape")
    rows.nth(0).wait_for()
    page.keyboard.press("?")
    picture(page, "15-keys")
    page.keyboard.press("Escape")
    button(page, "Give back").click()


def moment(replay):
    """Seconds of the run at which the replay is."""
    minutes, seconds = replay.locator(".time").inner_text().split("/")[0].split(":")
    return 60 * int(minutes) + int(seconds)


INKED = """() => {
  const canvas = document.querySelector('canvas.lanes');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 3; i < data.length; i += 4) count += data[i] > 0;
  return count;
}"""
