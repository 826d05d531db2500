"""The two verbs of the command line for Python: `run` a protocol, `simulate` a patient."""

from __future__ import annotations

from pathlib import Path

from controller.config.experiment import load_experiment
from controller.job.execute import Outcome
from controller.simulation import Simulated, settle


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
    return settle(experiment, seed=seed, settle_s=settle_s, beats=beats)


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
        ConfigError, NotArmed, OSError: as the command line reports them.
    """
    from controller.job.request import Request
    from controller.job.run_job import run_job

    folder = None if out is None else Path(out)
    request = Request(protocol, bench, patient, fast, seed, folder, _texts(settings), mqtt)
    experiment = load_experiment(protocol, bench=bench, patient=patient, sets=request.sets)
    return run_job(experiment, request)


def _texts(settings: dict[str, object] | None) -> tuple[str, ...]:
    words = {True: "on", False: "off"}
    return tuple(f"{p}={words[v] if isinstance(v, bool) else v}" for p, v in (settings or {}).items())
