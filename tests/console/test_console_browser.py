"""A technician's path through the console in Debian's Chromium: find, look at the plan, run, answer, alarm, acknowledge, STOP,
reset, run again, report."""

import re
import shutil
from pathlib import Path

import pytest

import controller.console

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
STATIC = Path(controller.console.__file__).parent / "static" / "index.html"
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH (Debian: apt-get install chromium)"),
    pytest.mark.skipif(not STATIC.is_file(), reason="the console's front end is not built (make console)"),
    pytest.mark.timeout(280),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as api:
        browser = api.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, console):
    """A page at 1280 x 720 that fails its test on an error of a script or a request to another machine."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(60_000)
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" and "409" not in said.text else None)
    page.on(
        "request", lambda asked: None if asked.url.startswith((console.url, "data:", "ws://127")) else wrong.append(asked.url)
    )
    page.goto(console.url)
    yield page
    page.close()
    assert wrong == []


def until(page, expression):
    """Asks again and again: the page's own policy forbids the waiting that Playwright would put into it."""
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(expression)


def button(page, name, **options):
    return page.get_by_role("button", name=name, **options)


def take_control(page, name="anna"):
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name=re.compile("Take")).click()
    page.get_by_text(f"{name} in control").first.wait_for()


def run(page, search):
    page.keyboard.press("2")
    page.get_by_label("Search protocols").fill(search)
    page.get_by_role("option").first.click()
    page.get_by_text("expect map_mmHg 50 to 140 mmHg").wait_for()
    button(page, "Run it").click()
    page.get_by_text("Is the reservoir full?").first.wait_for()


def state(page, wanted):
    page.locator(f".state.{wanted}").wait_for()


@pytest.mark.slow
def test_a_technicians_path(page):
    page.get_by_text("SIMULATED", exact=True).wait_for()
    state(page, "IDLE")
    assert button(page, "Arm").is_disabled(), "nobody is in control yet"
    take_control(page)

    # find, look at plan and limits, run, answer, verdict
    run(page, "short look check")
    button(page, "Done").click()
    page.get_by_text("look", exact=False).first.wait_for()
    page.get_by_text("last run:").wait_for()
    page.get_by_role("link", name="report").first.wait_for()
    assert page.locator(".rest b").first.inner_text() == "✓ PASS"

    # an alarm: acknowledged by name, which clears no trip; reset does
    run(page, "watch")
    button(page, "Done").click()
    page.keyboard.press("4")
    page.get_by_label("Search settings").fill("hr_bpm")
    field = page.get_by_label("patient.hr_bpm", exact=True)
    field.fill("9000")
    field.press("Enter")
    page.get_by_text("is above the highest value").wait_for()
    field.fill("150")
    field.press("Enter")
    state(page, "SAFE")
    alarm = page.locator("[data-condition=trip_request]")
    assert "!!! HIGH" in alarm.inner_text()
    alarm.get_by_role("button", name="Acknowledge").click()
    alarm.get_by_text("✓ anna").wait_for()
    state(page, "SAFE")
    button(page, "Reset").click()
    page.get_by_text("TRIPPED").first.wait_for()
    state(page, "IDLE")

    # STOP on its key, in the middle of a form
    run(page, "watch")
    button(page, "Done").click()
    state(page, "RUNNING")
    page.keyboard.press("3")
    page.keyboard.press("F8")
    page.get_by_text("STOP is held").wait_for()
    page.get_by_text("ABORTED").first.wait_for()
    state(page, "IDLE")
    button(page, "Arm").click()
    page.get_by_text("arm was refused").wait_for()
    button(page, "Close").click()
    button(page, "Release STOP").click()
    page.get_by_text("STOP is held").wait_for(state="detached")
    button(page, "Arm").click()
    state(page, "ARMED")
    button(page, "Disarm").click()
    state(page, "IDLE")

    # the list of runs, a summary, the stored report
    page.keyboard.press("3")
    rows = page.locator("section[aria-label=Runs] tbody tr")
    rows.nth(2).wait_for()
    assert [rows.nth(i).locator("td").nth(2).inner_text().split()[-1] for i in range(3)] == ["ABORTED", "TRIPPED", "PASS"]
    rows.nth(2).get_by_role("button").click()
    page.get_by_role("region", name="Summary of the run").get_by_text("look").wait_for()
    with page.expect_popup() as opened:
        rows.nth(2).get_by_role("link", name="report").click()
    opened.value.get_by_text("A short look at a patient").first.wait_for()
    opened.value.close()


def test_the_sweep_is_drawn_and_freezes(page):
    until(page, "(window.mockloopSweep?.frames ?? 0) > 60")
    seen = page.evaluate(PAINTED)
    assert len(seen) == 8 and all(count > 50 for count in seen), f"pixels by lane: {seen}"
    page.keyboard.press("f")
    page.get_by_text("FROZEN").wait_for()
    before = page.evaluate("document.querySelector('.sweep canvas').toDataURL()")
    page.wait_for_timeout(400)
    assert page.evaluate("document.querySelector('.sweep canvas').toDataURL()") == before
    page.keyboard.press("f")
    until(page, f"document.querySelector('.sweep canvas').toDataURL() !== {before!r}")


PAINTED = """() => {
  const canvas = document.querySelector('.sweep canvas');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const lanes = new Array(8).fill(0);
  for (let i = 3; i < data.length; i += 4) if (data[i]) lanes[Math.floor(Math.floor(i / 4 / canvas.width) * 8 / canvas.height)]++;
  return lanes;
}"""


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (3840, 2160)])
def test_nothing_is_cut_off(page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(300)
    for key in "123456":
        page.keyboard.press(key)
        page.wait_for_timeout(200)
        beyond = page.evaluate(
            "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
        )
        assert beyond == [0, 0]
        box = page.get_by_role("button", name="STOP F8").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["y"] >= 0


def test_everything_is_reached_by_keyboard(page):
    """Tab comes by every control of the page, STOP among them, and shows where it is."""
    names = []
    for _ in range(30):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate(
                "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || '').trim()"
            )
        )
    for wanted in ("Monitor", "Protocols", "Your name", "Take control", "STOP", "Freeze", "Run a protocol"):
        assert any(name.startswith(wanted) for name in names), (wanted, names)
