"""``mockloop simulate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller import exit_codes
from controller.cli.circulation import with_model
from controller.cli.output import as_json, errors_as_codes, fail

if TYPE_CHECKING:
    from controller.simulation import Simulated


def command(
    patient: Annotated[str, typer.Option(help="name of a patient or a file")] = "healthy",
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="a setting; may be repeated")] = None,
    model: Annotated[str | None, typer.Option(help="circulation model: full or simaan-2009 (list models)")] = None,
    bench: Annotated[str, typer.Option(help="name of a simulated bench or a file")] = "virtual",
    settle_s: Annotated[float, typer.Option(help="settle at least this long, at most 600 s", min=0.0, max=600.0)] = 60.0,
    beats: Annotated[int, typer.Option(help="beats to measure", min=1, max=2000)] = 20,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="of noise and rhythm")] = 1,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="draw the last beats and the PV loop (.png, .svg, .pdf)")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Settles the virtual rig until steady, as fast as it goes, and prints the metrics of the last beats.

    With --plot and a device at work the same patient without devices is simulated as well, to stand beside it.
    """
    from controller.config.experiment import load_experiment

    sets = with_model(model, set_)
    with errors_as_codes():
        experiment = load_experiment(bench=bench, patient=patient, sets=sets)
        if not experiment.bench.bench.simulated:
            fail(exit_codes.USAGE, f"--bench {bench} is hardware: simulate runs on a simulated bench only")
        from controller.report.simulated import FRAMES_S, draw
        from controller.simulation import settle, supported, without_devices

        if plot is not None:
            _check_plot(plot)
        found = settle(experiment, seed=seed, settle_s=settle_s, beats=beats, frames_s=FRAMES_S if plot is not None else 0.0)
        if plot is not None:
            before = None
            if supported(found.values):
                bare = load_experiment(bench=bench, patient=patient, sets=without_devices(sets))
                before = settle(bare, seed=seed, settle_s=settle_s, beats=beats, frames_s=FRAMES_S)
            draw(found, before, plot)
        if json_:
            as_json(found.as_dict())
        else:
            _show(found)
    for warning in found.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if found.tripped:
        fail(exit_codes.RIG, f"tripped: {', '.join(found.tripped)}")


def _check_plot(path: Path) -> None:
    """Before minutes of simulation: can the picture be drawn there?"""
    from controller.report.simulated import SUFFIXES

    if path.suffix.lower() not in SUFFIXES:
        fail(exit_codes.USAGE, f"--plot {path}: end the name in {', '.join(SUFFIXES)}")
    if not path.absolute().parent.is_dir():
        fail(exit_codes.USAGE, f"--plot {path}: there is no folder {path.absolute().parent}")


def _show(found: Simulated) -> None:
    from rich.console import Console
    from rich.table import Table

    from cext.tables.metrics import metrics

    table = Table("metric", "mean", "SD", "unit", box=None, pad_edge=False)
    for name, value in found.window.values.items():
        sd = found.window.sd[name]
        row = metrics()[name]
        if value is None:
            table.add_row(name, "–", "", f"[dim]{found.window.reasons.get(name, '')}[/]")
        else:
            table.add_row(name, f"{value:.4g}", "" if sd is None else f"{sd:.2g}", row.unit)
    console = Console(highlight=False)
    console.print(table)
    changed = ", ".join(f"{path} = {value}" for path, value in found.settings.items() if not path.startswith("patient."))
    console.print(
        f"{found.patient}{': ' + changed if changed else ''}; {found.agreement} after {found.settled_s:.0f} s; "
        f"{found.window.beats} beats; SIMULATED"
    )
