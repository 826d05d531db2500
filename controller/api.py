"""The verbs of the command line for Python: `run` a protocol, `simulate` a patient, `compare` two runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from controller.config.experiment import load_experiment
from controller.job.execute import Outcome
from controller.simulation import Simulated, settle

if TYPE_CHECKING:
    from controller.report.comparison.write import Written

T = TypeVar("T")


def simulate(
    patient: str = "healthy",
    settings: dict[str, object] | None = None,
    *,
    bench: str = "virtual",
    settle_s: float = 60.0,
    beats: int = 20,
    seed: int = 1,
) -> Simulated:
    """Settles the virtual rig until steady and measures the last beats; ``.window.values`` holds the means by metric.

    Args:
        patient, bench: names (``mockloop list``) or files. settings: value by path, as on the command line.

    Raises:
        ConfigError: everything that is wrong with names and settings.
    """
    experiment = load_experiment(bench=bench, patient=patient, sets=_texts(settings))
    return _apart(lambda: settle(experiment, seed=seed, settle_s=settle_s, beats=beats))


def run(
    protocol: str,
    settings: dict[str, object] | None = None,
    *,
    bench: str | None = None,
    patient: str | None = None,
    fast: bool = True,
    seed: int = 1,
    out: str | Path | None = None,
    mqtt: str = "off",
) -> Outcome:
    """Runs a protocol into a run folder and makes its report; ``.result.verdict``, ``.summary``, ``.folder``.

    Raises:
        ConfigError, NotArmed, OSError: as the command line reports them. RuntimeError: hardware, from within an event loop.
    """
    from controller.job.request import Request
    from controller.job.run_job import run_job

    folder = None if out is None else Path(out)
    request = Request(protocol, bench, patient, fast, seed, folder, _texts(settings), mqtt)
    experiment = load_experiment(protocol, bench=bench, patient=patient, sets=request.sets)
    if _in_a_loop() and not experiment.bench.bench.simulated:
        raise RuntimeError(
            f"bench {experiment.bench.name} is hardware, and an interrupt of this notebook would not reach it: use mockloop run"
        )
    return _apart(lambda: run_job(experiment, request))


def compare(run: str | Path, reference: str | Path, out: str | Path | None = None) -> Written:
    """Compares a run folder with a reference; ``.data`` holds every difference with its uncertainty, ``.path`` the page written.

    Raises:
        FileNotFoundError, ValueError, OSError: as `write_comparison`.
    """
    from controller.report.comparison import write_comparison

    return write_comparison(run, reference, out)


def _in_a_loop() -> bool:
    """Whether an event loop runs in this thread already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _apart(work: Callable[[], T]) -> T:
    """Calls `work`, which has an event loop of its own: in a thread where one runs here already."""
    if not _in_a_loop():
        return work()
    with ThreadPoolExecutor(1, "mockloop") as pool:
        return pool.submit(work).result()


def _texts(settings: dict[str, object] | None) -> tuple[str, ...]:
    words = {True: "on", False: "off"}
    return tuple(f"{p}={words[v] if isinstance(v, bool) else v}" for p, v in (settings or {}).items())
