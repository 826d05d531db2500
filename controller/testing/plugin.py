"""The pytest plugin (entry point ``mockloop``): hardware in the loop as fixtures. Says nothing where nobody asks for them.

Everything that costs time to import is imported when a fixture is used.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from controller.testing.choice import Choice
    from controller.testing.clock import LoopClock
    from controller.testing.fault import Faults
    from controller.testing.rig import BenchRig
    from controller.testing.run import Runner

RIG = pytest.StashKey["BenchRig"]()
RUNNER = pytest.StashKey["Runner"]()
PASSED = pytest.StashKey[bool]()
LIMIT = "mockloop.limit."  # limits.PROPERTY, without its import
MARKS = (
    "needs(capability, …): skips the test, with the reason, on a bench that does not offer all of these (iabp, impella, "
    "patient-model)",
    "bench(name, …, patient=…, set={…}): only on these benches; the patient, and settings in force before arming",
    "limits(metric, low=…, high=…, source=…): judged at the end of the test on the last window that was measured",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mockloop", "hardware in the loop (mockloop)")
    group.addoption("--rig", metavar="NAME|FILE", default=None, help="bench that the tests run on [default: virtual]")
    group.addoption("--rig-seed", metavar="N", type=int, default=1, help="of the bench's noise and rhythm [default: 1]")
    group.addoption(
        "--rig-artifacts", metavar="DIR", default="rig-artifacts", help="where failed tests leave data [default: rig-artifacts]"
    )
    group.addoption(
        "--rig-report", metavar="FILE", default=None, help="verdict, limits and evidence of all tests as an HTML page"
    )


def pytest_configure(config: pytest.Config) -> None:
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    if config.getoption("rig") is not None:
        from controller.config.errors import ConfigError

        try:
            _choice(config).bench  # noqa: B018  (loads and checks the file)
        except ConfigError as error:
            raise pytest.UsageError(*str(error).splitlines()) from None


def pytest_report_header(config: pytest.Config) -> str | None:
    if config.getoption("rig") is None:
        return None
    choice = _choice(config)
    what = "SIMULATED" if choice.simulated else choice.bench.bench.title
    return f"rig: {choice.name} ({what}), seed {choice.seed}"


def _choice(config: pytest.Config) -> Choice:
    from controller.testing.choice import Choice

    return Choice(config.getoption("rig") or "virtual", config.getoption("rig_seed"))


# -- fixtures


@pytest.fixture
def rig(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Iterator[BenchRig]:
    """The bench: patient, settings, arming, time, metrics, limits. Made safe and released whatever happens in the test."""
    from controller.testing.choice import CannotRun, asked_by
    from controller.testing.rig import BenchRig

    choice = _choice(pytestconfig)
    asked = asked_by(request.node.iter_markers())
    try:
        choice.meets(asked.needs, asked.benches)
        choice.experiment(None, asked.patient, asked.sets)
    except CannotRun as reason:
        pytest.skip(str(reason))
    bench_rig = BenchRig(choice, asked.patient, asked.sets)
    request.node.stash[RIG] = bench_rig
    before = _leave_on_sigterm()
    try:
        yield bench_rig
    finally:
        bench_rig.close(orderly=request.node.stash.get(PASSED, False))
        if before is not None:
            signal.signal(signal.SIGTERM, before)


@pytest.fixture
def run(request: pytest.FixtureRequest, pytestconfig: pytest.Config, tmp_path: Path) -> Runner:
    """Runs a protocol by name or file on the bench: ``ran = run("iabp-weaning"); ran.verdict``. Not beside `rig` on wires."""
    from controller.testing.choice import CannotRun, asked_by
    from controller.testing.run import Runner

    choice = _choice(pytestconfig)
    asked = asked_by(request.node.iter_markers())
    try:
        choice.meets(asked.needs, asked.benches)
    except CannotRun as reason:
        pytest.skip(str(reason))
    if not choice.simulated and "rig" in request.fixturenames:
        pytest.fail("`rig` and `run` in one test: both would open the same wires; use one of them", pytrace=False)
    runner = Runner(choice, tmp_path)
    request.node.stash[RUNNER] = runner
    return runner


@pytest.fixture
def fault(rig: BenchRig) -> Iterator[Faults]:
    """Injects faults: ``fault("in.aop_mmHg", "stuck")``; gone at the end. Skips the test on a bench that is not simulated."""
    from controller.testing.choice import CannotRun
    from controller.testing.fault import Faults

    try:
        faults = Faults(rig)
    except CannotRun as reason:
        pytest.skip(str(reason))
    yield faults
    faults.clear()


@pytest.fixture
def clock(rig: BenchRig) -> LoopClock:
    """Loop time of the rig."""
    from controller.testing.clock import LoopClock

    return LoopClock(rig)


def _leave_on_sigterm() -> Any:
    """Makes SIGTERM end the tests as Ctrl-C does, so that the bench is made safe; returns the handler before, or None."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return None

    def leave(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt("SIGTERM")

    return signal.signal(signal.SIGTERM, leave)


# -- limits and what is left of a failure


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    item.stash[PASSED] = False
    try:
        result = yield
    except BaseException as error:
        _skip_what_cannot_run(item, error)
        raise
    bench_rig = item.stash.get(RIG, None)
    if bench_rig is not None:
        from controller.testing.choice import asked_by
        from controller.testing.limits import missed

        for metric, limit in asked_by(item.iter_markers()).limits:
            bench_rig.expect(metric, **limit)
        text = missed(bench_rig.verdicts)
        if text:
            pytest.fail(text, pytrace=False)
    item.stash[PASSED] = True
    return result


def _skip_what_cannot_run(item: pytest.Item, error: BaseException) -> None:
    """A test that finds out on its way that this bench cannot do it (another patient, a protocol) is skipped as well."""
    if not {"rig", "run"} & set(getattr(item, "fixturenames", ())):
        return
    from controller.testing.choice import CannotRun

    if isinstance(error, CannotRun):
        pytest.skip(str(error))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    bench_rig, runner = item.stash.get(RIG, None), item.stash.get(RUNNER, None)
    if call.when != "call" or (bench_rig is None and runner is None):
        return (yield)
    if bench_rig is not None:
        from controller.testing.evidence import about_rig

        item.user_properties += [verdict.as_property() for verdict in bench_rig.verdicts]
        item.user_properties += [about_rig(bench_rig)] if bench_rig.is_open else []
    if runner is not None:
        from controller.testing.evidence import about_run, limits_of

        for ran in runner.ran:
            item.user_properties += [verdict.as_property() for verdict in limits_of(ran)]
            item.user_properties.append(about_run(ran))
    report = yield
    if report.failed:
        _tell(item, report, bench_rig, runner)
    return report


def _tell(item: pytest.Item, report: pytest.TestReport, bench_rig: BenchRig | None, runner: Runner | None) -> None:
    """Adds to the report of a failed test which limits were missed, and where the last ten seconds are."""
    from controller.testing.artifacts import LAST_S
    from controller.testing.evidence import KEPT, keep_rig, keep_run
    from controller.testing.limits import missed

    folder = Path(item.config.getoption("rig_artifacts"))
    folder = folder if folder.is_absolute() else item.config.invocation_params.dir / folder
    kept: list[Path] = []
    failed: list[str] = []
    if bench_rig is not None:
        text = missed(bench_rig.verdicts)
        if text and text not in report.longreprtext:
            report.sections.append(("mockloop limits", text))
    if bench_rig is not None and not bench_rig.is_open:
        failed.append("the bench was not opened: nothing to keep")
    try:  # a full disk must not hide the failure of the test
        if bench_rig is not None and bench_rig.is_open:
            kept += keep_rig(folder, item.nodeid, bench_rig)
        for number, ran in enumerate(runner.ran if runner is not None else (), 1):
            kept += keep_run(folder, item.nodeid, number, ran)
    except Exception as error:
        failed.append(f"the last {LAST_S:g} s could not be kept in {folder}: {type(error).__name__}: {error}")
    lines = [f"the last {LAST_S:g} s are kept:", *(f"  {path}" for path in kept)] if kept else []
    if lines or failed:
        report.sections.append(("mockloop rig", "\n".join([*lines, *failed])))
    told: list[tuple[str, object]] = [(KEPT, str(path)) for path in kept]
    report.user_properties += told
    item.user_properties += told  # JUnit's are those of the teardown's report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    every = [report for reports in terminalreporter.stats.values() for report in reports if hasattr(report, "when")]
    rows = [
        (report.nodeid, name, value)
        for report in every
        if report.when == "call"
        for name, value in report.user_properties
        if str(name).startswith(LIMIT)
    ]
    if rows:
        from controller.testing.limits import summary

        terminalreporter.section("limits")
        for line in summary(rows):
            terminalreporter.line(line, red=line.startswith("MISS"))
    config = terminalreporter.config
    if config.getoption("rig_report") is not None:
        from controller.testing.session_report import write

        path = config.invocation_params.dir / config.getoption("rig_report")
        try:
            terminalreporter.line(f"rig report: {write(path, every, _choice(config).facts())}")
        except OSError as error:
            terminalreporter.line(f"rig report {path}: {error.strerror}", red=True)
