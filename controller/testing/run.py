"""The fixture `run`: a protocol from its file to a run folder, within a test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cext.tables.load import Value
from controller.testing.choice import CannotRun, Choice
from controller.testing.measured import known

if TYPE_CHECKING:
    import xarray as xr

    from controller.job.execute import Outcome
    from controller.protocol.result import ProtocolResult


@dataclass
class Ran:
    """What a run left behind; see the run folder for all of it."""

    outcome: Outcome

    @property
    def folder(self) -> Path:
        return self.outcome.folder

    @property
    def result(self) -> ProtocolResult:
        return self.outcome.result

    @property
    def summary(self) -> dict[str, Any]:
        """The content of summary.json."""
        return self.outcome.summary

    @property
    def verdict(self) -> str:
        return str(self.summary["verdict"])

    @property
    def failures(self) -> list[str]:
        """Every failure of every step, ``step: what``."""
        return [f"{step['name']}: {what}" for step in self.summary["steps"] for what in step["failures"]]

    @property
    def events(self) -> list[dict[str, Any]]:
        """Lines of events.jsonl."""
        lines = (self.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    @cached_property
    def dataset(self) -> xr.Dataset:
        """The recording, see controller.open_run."""
        from controller.runs import open_run

        return open_run(self.folder)

    def metric(self, step: str, name: str) -> float:
        """Mean of a metric in a step. Raises KeyError (no such step or metric), AssertionError (it has no value, and why)."""
        known(name)
        for row in self.result.steps:
            if row.name == step:
                value = row.metrics.get(name)
                if value is None:
                    why = row.reasons.get(name, "nothing was measured")
                    raise AssertionError(f"{name} has no value in step {step}: {why}")
                return value
        raise KeyError(f"no step {step} in this run; there are {', '.join(row.name for row in self.result.steps)}")


@dataclass
class Runner:
    """``run("iabp-weaning")`` on the bench of the tests: in virtual time if it is simulated, in real time if it is wired."""

    choice: Choice
    folder: Path
    ran: list[Ran] = field(default_factory=list)

    def __call__(
        self,
        protocol: str,
        *,
        patient: str | None = None,
        set: Mapping[str, Value] | None = None,
        seed: int | None = None,
        policy: str = "full",
    ) -> Ran:
        """Runs a protocol, by name or file, and returns what came of it; a verdict of FAIL raises nothing.

        Raises:
            CannotRun: the bench does not offer what the protocol requires (the test is skipped).
            ConfigError: a wrong name, file or setting. KeyboardInterrupt: the operator interrupted (the teardown has run).
        """
        self._requires(protocol)
        experiment = self.choice.experiment(protocol, patient, set)

        from controller.job.request import Request
        from controller.job.run_job import run_job

        assert experiment.protocol is not None
        out = self.folder / f"run-{len(self.ran) + 1}-{experiment.protocol.name}"
        seed = self.choice.seed if seed is None else seed
        request = Request(protocol, fast=self.choice.simulated, seed=seed, out=out, mqtt="off", policy=policy)
        outcome = run_job(experiment, request, report=False)
        self.ran.append(Ran(outcome))
        if outcome.result.cause == "interrupt":
            raise KeyboardInterrupt
        return self.ran[-1]

    def _requires(self, protocol: str) -> None:
        """Before the protocol is held against the bench: what is not offered is no mistake of the file."""
        import tomllib

        from controller.config.find import find

        try:
            header = tomllib.loads(find("protocol", protocol, where="run(…)").read_text(encoding="utf-8")).get("protocol", {})
        except (OSError, ValueError):
            return  # a file that cannot be read: load_experiment says why, with the line
        wanted = header.get("requires", []) if isinstance(header, dict) else []
        missing = [name for name in wanted if name not in self.choice.bench.bench.offers]
        if missing:
            raise CannotRun(f"the bench {self.choice.name} does not offer {', '.join(map(str, missing))}")
