"""``mockloop fit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes

if TYPE_CHECKING:
    from controller.fit import Fitted


def command(
    targets: Annotated[str, typer.Argument(metavar="TARGETS", help="name or file of a table of targets")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="patient file to write [default: NAME.toml here]")] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Finds a patient's parameters from a table of targets, reports the residuals and writes the patient file.

    Ends with 1 if a target is missed by more than it is known to; the file is written all the same.
    """
    from controller.config.experiment import load_experiment
    from controller.config.load import load
    from controller.config.targets import Targets

    with errors_as_codes():
        table = load(Targets, "fit", targets)
        path = out or Path(f"{table.fit.name}.toml")
        if path.exists():
            raise FileExistsError(17, "exists: give another name with --out", str(path))
        patient = load_experiment(patient=table.fit.start).patient
        start = dict(patient.set) if patient is not None else {}
        from controller.fit import fit
        from controller.fit.patient_file import write
        from controller.version import version

        found = fit(table, start, None if json_ else _progress)
        write(found, path, f"mockloop {version()}")
        if json_:
            as_json(_as_dict(found, path))
        else:
            _show(found, path)
    if not found.met:
        raise typer.Exit(exit_codes.FAIL)


def _progress(evaluations: int, squares: float) -> None:
    if evaluations % 10 == 0:
        typer.echo(f"{evaluations} evaluations, sum of squares {squares:.3g}", err=True)


def _as_dict(found: Fitted, path: Path) -> dict[str, object]:
    return {
        "patient": found.targets.fit.name,
        "file": str(path),
        "met": found.met,
        "evaluations": found.evaluations,
        "targets": {
            r.target.metric: {"value": r.target.value, "within": r.target.within, "shown": r.shown, "off": r.off, "met": r.met}
            for r in found.residuals
        },
        "parameters": {
            p.path: {"start": p.start, "value": p.value, "error": p.error, "at_bound": p.at_bound, "decided": p.decided}
            for p in found.parameters
        },
    }


def _show(found: Fitted, path: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    from cext.tables.metrics import metrics

    console = Console(highlight=False)
    table = Table("target", "wanted", "shown", "off by", "unit", "", box=None, pad_edge=False)
    for r in found.residuals:
        shown = "–" if r.shown is None else f"{r.shown:.4g}"
        off = "–" if r.shown is None else f"{r.shown - r.target.value:+.2g}"
        table.add_row(
            r.target.metric, f"{r.target.value:g} ± {r.target.within:g}", shown, off, metrics()[r.target.metric].unit,
            "" if r.met else "MISSED",
        )  # fmt: skip
    console.print(table)
    table = Table("parameter", "start", "found", "error", "", box=None, pad_edge=False)
    for p in found.parameters:
        note = "at the bound of its range" if p.at_bound else "" if p.decided else "not decided by the targets"
        table.add_row(p.path, f"{p.start:.4g}", f"{p.value:.4g}", "–" if p.error is None else f"{p.error:.2g}", note)
    console.print(table)
    missed = sum(not r.met for r in found.residuals)
    verdict = "all targets met" if not missed else f"{missed} of {len(found.residuals)} targets missed"
    console.print(f"{verdict}; {found.evaluations} evaluations; written: {path}")
