"""``mockloop generate``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail

if TYPE_CHECKING:
    from controller.config.pattern import Pattern
    from controller.generator.play import Played
    from controller.generator.waveforms import Waveforms


def command(
    pattern: Annotated[str, typer.Argument(help="name of a pattern (mockloop list patterns) or a file")],
    bench: Annotated[str | None, typer.Option(help="put it out on this bench (name or file), which offers a generator")] = None,
    to: Annotated[list[Path] | None, typer.Option(help="write it to this file (.csv, .csv.gz, .hea); may be repeated")] = None,
    seconds: Annotated[float, typer.Option(min=1.0, max=3600.0, help="length of the pattern")] = 60.0,
    repeat: Annotated[bool, typer.Option("--repeat", help="put it out again and again, until Ctrl-C")] = False,
    fast: Annotated[bool, typer.Option("--fast", help="virtual time, on a simulated bench")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="of rhythm and noise: same seed and build, same bits")] = 1,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="a patient.* setting; may be repeated")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Generates ECG and pressure for a console under test: rhythms, pacing, artefacts, to a bench's outputs or to files."""
    if bench is None and not to:
        fail(
            exit_codes.USAGE, "generate: where to? --bench NAME puts it out, --to FILE writes it; see mockloop generate --help"
        )
    if repeat and (bench is None or fast):
        fail(exit_codes.USAGE, "--repeat: only with --bench, in real time")
    with errors_as_codes():
        _generate(pattern, bench, to or [], seconds, repeat, fast, seed, set_ or [], json_)


def _generate(
    name: str,
    bench: str | None,
    to: list[Path],
    seconds: float,
    repeat: bool,
    fast: bool,
    seed: int,
    sets: list[str],
    json_: bool,
) -> None:
    from controller.config.experiment import load_experiment
    from controller.config.load import load
    from controller.config.pattern import Pattern
    from controller.generator.files import FileError, write
    from controller.generator.found import compared
    from controller.generator.play import play
    from controller.generator.waveforms import waveforms

    pattern = load(Pattern, "pattern", name)
    experiment = load_experiment(bench=bench) if bench is not None else None
    if fast and experiment is not None and not experiment.bench.bench.simulated:
        fail(exit_codes.USAGE, f"--fast: bench {experiment.bench.name} is hardware; virtual time is for simulated benches only")
    period_s = experiment.bench.loop.period_us * 1e-6 if experiment is not None else 1e-3
    made = waveforms(pattern, seconds, seed=seed, period_s=period_s, sets=sets)
    written: list[Path] = []
    for path in to:
        try:
            written += write(made, path)
        except FileError as error:
            fail(exit_codes.USAGE, f"--to {error}")
    played = None
    if experiment is not None:
        if not json_:
            _announce(pattern, experiment.bench.title, seconds)
        played = play(
            made, experiment, realtime=not fast, repeats=repeat, say=None if json_ or not sys.stderr.isatty() else _progress
        )
    told: dict[str, Any] = {
        "pattern": pattern.name, "seconds": seconds, "seed": seed, "beats": len(made.r_s), "files": [str(path) for path in written],
        "r_s": [round(float(t), 4) for t in made.r_s],
    }  # fmt: skip
    if played is not None:
        told |= {"bench": bench, "put_out_s": round(played.put_out_s, 3), "chain": _chain(made, played, repeat)}
    if json_:
        as_json(told)
        return
    typer.echo(f"{pattern.name}: {pattern.title}; {len(made.r_s)} beats in {seconds:g} s, seed {seed}")
    for path in written:
        typer.echo(f"file         {path}")
    if played is not None:
        typer.echo(f"put out      {played.put_out_s:.1f} s on {bench}; the outputs are at rest again")
        if told["chain"] is not None:
            found = compared(_truth(made), played.triggers_s, made.duration_s, made.pattern.expect.trigger)
            typer.echo(
                f"own chain    {found.found} of {found.true} beats found by trigger {pattern.expect.trigger}, {found.matched} matched"
            )
            for miss in found.misses(pattern):
                typer.echo(f"             {miss}")
    typer.echo(f"a console    {pattern.expect.console}")


def _truth(made: Waveforms) -> Any:
    return made.r_s[made.ejects] if made.pattern.expect.trigger == "pressure" else made.r_s


def _chain(made: Waveforms, played: Played, repeat: bool) -> dict[str, Any] | None:
    """What the bench's own chain found, where it has inputs that hear the pattern, once."""
    from controller.generator.found import compared

    if repeat or not played.heard or not len(played.triggers_s):
        return None
    found = compared(_truth(made), played.triggers_s, made.duration_s, made.pattern.expect.trigger)
    return {**found.as_dict(), "misses": found.misses(made.pattern)}


def _announce(pattern: Pattern, title: str, seconds: float) -> None:
    typer.echo(f"{title}: {pattern.title}, {seconds:g} s; arming. Ctrl-C ends, the outputs go to rest", err=True)


def _progress(done_s: float, all_s: float) -> None:
    typer.echo(f"\r{done_s:6.1f} s of {all_s:g} s", nl=False, err=True)
