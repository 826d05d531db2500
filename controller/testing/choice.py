"""Which bench a test runs on, and whether it can: what ``--rig`` named, and what the marks of the test ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from cext.tables.load import Value

if TYPE_CHECKING:
    from controller.config.bench import Bench
    from controller.config.experiment import Experiment
    from controller.session.session import Session


class CannotRun(Exception):
    """This test does not apply to this bench; the text is the reason that the skipped test shows."""


@dataclass(frozen=True)
class Choice:
    """The bench of this test run, by name or file, and the seed of its noise and rhythm."""

    rig: str = "virtual"
    seed: int = 1

    @property
    def bench(self) -> Bench:
        """Raises ConfigError: no such bench, or a file with mistakes."""
        return _experiment(None, self.rig, None, ()).bench

    @property
    def name(self) -> str:
        return self.bench.bench.name

    @property
    def simulated(self) -> bool:
        return self.bench.bench.simulated

    def facts(self) -> dict[str, Any]:
        """What the bench is, for the page of a session: name, title, simulated, calibration, seed, software."""
        from controller.report.words import calibration_words
        from controller.version import build_id, version

        calibration = _experiment(None, self.rig, None, ()).calibration
        return {
            "name": self.name,
            "title": self.bench.bench.title,
            "simulated": self.simulated,
            "calibration": calibration_words(None if calibration is None else calibration.summary()),
            "seed": self.seed,
            "software": f"mockloop {version()}, build {build_id()}",
        }

    def meets(self, needs: Iterable[str], benches: Iterable[str] = ()) -> None:
        """Raises CannotRun if the bench lacks one of `needs`, or is none of `benches` (empty: any bench will do).

        Raises:
            ValueError: a need that no bench can offer: it is misspelt.
        """
        from controller.config.capabilities import CAPABILITIES

        wanted = list(dict.fromkeys(needs))
        unknown = [name for name in wanted if name not in CAPABILITIES]
        if unknown:
            raise ValueError(f"needs({', '.join(unknown)}): no bench can offer this; there are {', '.join(CAPABILITIES)}")
        named = list(benches)
        if named and self.name not in named:
            raise CannotRun(f"this test is for the bench {' or '.join(named)}, not for {self.name}")
        missing = [name for name in wanted if name not in self.bench.bench.offers]
        if missing:
            raise CannotRun(f"the bench {self.name} does not offer {', '.join(missing)}")

    def experiment(
        self, protocol: str | None = None, patient: str | None = None, sets: Mapping[str, Value] | None = None
    ) -> Experiment:
        """Bench, patient and settings together.

        Raises:
            CannotRun: a patient or patient setting is asked of a bench without a patient model.
            ConfigError: anything that is wrong with the files or settings.
        """
        asked = dict(sets or {})
        if patient is not None or any(path.startswith("patient.") for path in asked):
            self.meets(["patient-model"])
        return _experiment(protocol, self.rig, patient, tuple(f"{path}={as_word(value)}" for path, value in asked.items()))

    def session(self, experiment: Experiment) -> Session:
        """A closed session: virtual time, with a door for faults, on a simulated bench; real time on a wired one."""
        from controller.session.assemble import assemble

        return assemble(experiment, seed=self.seed, realtime=not self.simulated, faulty=self.simulated)


@cache
def _experiment(protocol: str | None, rig: str, patient: str | None, sets: tuple[str, ...]) -> Experiment:
    from controller.config.experiment import load_experiment

    return load_experiment(protocol, bench=rig, patient=patient, sets=sets)


def as_word(value: Value) -> str:
    """A value as typed after ``--set PATH=``."""
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


@dataclass
class Asked:
    """What the marks of a test ask for. Marks nearer to the test come first."""

    needs: list[str] = field(default_factory=list)
    benches: tuple[str, ...] = ()
    patient: str | None = None
    sets: dict[str, Value] = field(default_factory=dict)
    limits: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def asked_by(marks: Iterable[Any]) -> Asked:
    """Reads the marks ``needs``, ``bench`` and ``limits`` (pytest.Mark each), nearest first.

    Raises:
        ValueError: a mark with arguments that it does not have.
    """
    asked = Asked()
    for mark in marks:
        if mark.name == "needs":
            asked.needs += mark.args
        elif mark.name == "bench":
            unknown = set(mark.kwargs) - {"patient", "set"}
            if unknown:
                raise ValueError(f"bench({', '.join(sorted(unknown))}=…): there is patient= and set=, and names of benches")
            asked.benches = asked.benches or mark.args
            asked.patient = asked.patient or mark.kwargs.get("patient")
            asked.sets = {**mark.kwargs.get("set", {}), **asked.sets}
        elif mark.name == "limits":
            if len(mark.args) != 1:
                raise ValueError('limits(…): wants one metric, like limits("map_mmHg", low=50, high=68, source="…")')
            asked.limits.append((mark.args[0], mark.kwargs))
    return asked
