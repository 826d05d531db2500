"""The console's screen in Debian's Chromium: drawing, sizes, keyboard, accessibility."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "controller" / "console" / "web"
pytestmark = pytest.mark.timeout(280)


def until(page, expression):
    """Asks again and again: the page's own policy forbids the waiting that Playwright would put into it."""
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(expression)


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


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (2560, 1440), (3840, 2160)])
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


@pytest.fixture(scope="module")
def axe():
    """The source of axe-core as locked, fetched into build/ for tests only; it is in no wheel."""
    version = json.loads((WEB / "package-lock.json").read_text())["packages"]["node_modules/axe-core"]["version"]
    folder = ROOT / "build" / f"axe-{version}"
    source = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("axe-core is fetched with npm, which is not on PATH")
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-save", "--prefer-offline", "--no-audit", "--no-fund", f"axe-core@{version}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
        if done.returncode:
            pytest.skip(f"axe-core cannot be fetched: {done.stderr[-200:]}")
    return source.read_text(encoding="utf-8")


AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter((found) => ['serious', 'critical'].includes(found.impact))
    .map((found) => `${found.id}: ${found.help}: ${found.nodes.slice(0, 4).map((node) => node.html.slice(0, 160)).join(' | ')}`)"""


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_serious(page, axe, theme, stored_run):
    """Every main view, in both themes: contrast, names, roles, structure."""
    page.evaluate(axe)
    if theme == "light":
        page.keyboard.press("l")
    until(page, f"document.documentElement.dataset.theme === '{theme}'")
    page.get_by_label("Your name").fill("anna")  # in control, so that nothing is passed over as disabled
    page.keyboard.press("Enter")
    page.get_by_text("anna in control").first.wait_for()
    found = {}

    def look(view):
        page.wait_for_timeout(400)
        found[view] = page.evaluate(AXE)

    try:
        for side in ("Loop", "Controls", "Patient", "Faults"):
            page.get_by_role("button", name=side, exact=True).click()
            look(f"monitor, {side}")
        page.get_by_role("button", name="Loop", exact=True).click()
        page.keyboard.press("f")
        look("frozen, with cursors")
        page.keyboard.press("f")
        for key, view in (("2", "protocols"), ("3", "runs"), ("4", "settings"), ("5", "events"), ("6", "trends")):
            page.keyboard.press(key)
            if key == "2":
                page.get_by_role("option").first.click()
                page.get_by_text("about").first.wait_for()
            look(view)
        page.keyboard.press("?")
        look("keys")
        page.keyboard.press("Escape")
        page.keyboard.press("3")
        page.get_by_role("button", name=f"Replay {stored_run}").click()
        page.get_by_label("Time in the run").wait_for()
        look("replay")
    finally:
        page.get_by_role("button", name="Give back").click()
        page.evaluate("localStorage.clear()")
    assert not any(found.values()), json.dumps(found, indent=1)


def test_the_light_theme_is_kept_and_print_is_light(page):
    page.keyboard.press("l")
    page.reload()
    until(page, "document.documentElement.dataset.theme === 'light'")
    page.keyboard.press("l")
    until(page, "document.documentElement.dataset.theme === 'dark'")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    until(page, "document.documentElement.dataset.theme === 'light'")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    until(page, "document.documentElement.dataset.theme === 'dark'")


def test_cursors_read_the_samples(page):
    """Differences of time and value between two places of the frozen sweep, moved by the keyboard alone."""
    until(page, "(window.mockloopSweep?.penTick ?? 0) - (window.mockloopSweep?.samples.kept ?? 0) > 2500")
    page.keyboard.press("f")
    page.get_by_text("Δt 1000 ms").wait_for()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.get_by_text("Δt 890 ms").wait_for()
    page.keyboard.press("c")
    page.keyboard.press("Shift+ArrowRight")
    page.get_by_text("Δt 790 ms").wait_for()
    shown = page.locator(".measured").nth(1).inner_text().split()
    read = page.evaluate(
        """() => {
          const sweep = window.mockloopSweep, samples = sweep.samples, column = samples.column('in.aop_mmHg');
          const at = [...document.querySelectorAll('.pick')].map((one) => Math.round(1000 * parseFloat(one.innerText.split(' ')[1])));
          return at.map((tick) => samples.at(column, tick));
        }"""
    )
    assert [float(shown[1]), float(shown[3])] == pytest.approx(read, abs=0.06)
    assert float(shown[5].replace("−", "-")) == pytest.approx(read[1] - read[0], abs=0.06)
    page.keyboard.press("f")
