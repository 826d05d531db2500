"""``mockloop calibrate``: sensors against references, actuators by their steps, the balloon's tightness; kept beside the bench."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from controller import exit_codes
from controller.cli.output import as_json, errors_as_codes, fail

if TYPE_CHECKING:
    from controller.commissioning.calibrating import Calibrating, Signed
    from controller.config.experiment import Experiment

app = typer.Typer(
    name="calibrate", no_args_is_help=True, help="Sensors, actuators and tightness of a bench: measures, dates, keeps."
)

Bench = Annotated[str, typer.Option(help="file of the bench (or a name); the calibration is kept beside it")]
Operator = Annotated[str, typer.Option(help="who calibrates [default: the login name]")]
ValidDays = Annotated[int, typer.Option("--valid-days", min=0, max=3660, help="the record expires so many days from today")]
Reference = Annotated[str, typer.Option(help="what was used as reference: instrument and its number; stored")]
Note = Annotated[str, typer.Option(help="anything worth keeping; stored")]
Seconds = Annotated[float, typer.Option(min=0.2, max=600.0, help="how long each point is averaged")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="a setting; may be repeated")]
Realtime = Annotated[bool, typer.Option("--realtime", help="real time on a simulated bench too")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="measure and show, keep nothing")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object; prompts and progress on stderr")]
Records = "list[Sensor | Actuator | Leak]"


@app.command("zero")
def zero(
    channels: Annotated[list[str], typer.Argument(help="inputs, as the bench file names them")],
    bench: Bench, operator: Operator = "", valid_days: ValidDays = 7, reference: Reference = "air", note: Note = "",
    seconds: Seconds = 3.0, realtime: Realtime = False, dry_run: DryRun = False, json_: Json = False,
) -> None:  # fmt: skip
    """Zero: what each channel reads with nothing on it. Moves the offset, keeps the gain."""

    async def work(at: Calibrating) -> Any:
        return [await at.zero(channel, seconds) for channel in channels]

    _run(work, bench, (operator, valid_days, reference, note), [], realtime, dry_run, json_, armed=False)


@app.command("points")
def points(
    channel: Annotated[str, typer.Argument(help="an input, as the bench file names it")],
    at: Annotated[str, typer.Option("--at", metavar="A,B[,C…]", help="references in the channel's unit: two, or more")],
    bench: Bench, operator: Operator = "", valid_days: ValidDays = 180, reference: Reference = "", note: Note = "",
    seconds: Seconds = 3.0, realtime: Realtime = False, dry_run: DryRun = False, json_: Json = False,
) -> None:  # fmt: skip
    """Two points or more: the straight line, with what each point is off it."""
    try:
        references = [float(word) for word in at.split(",")]
    except ValueError:
        fail(exit_codes.USAGE, f"--at {at}: numbers with commas between them are needed, like 0,100,200")

    async def work(calibrating: Calibrating) -> Any:
        return [await calibrating.points(channel, references, seconds)]

    _run(work, bench, (operator, valid_days, reference, note), [], realtime, dry_run, json_, armed=False)


@app.command("identify")
def identify(
    bench: Bench,
    channels: Annotated[list[str] | None, typer.Argument(help="outputs [default: all that an input of the bench shows]")] = None,
    operator: Operator = "", valid_days: ValidDays = 180, note: Note = "", set_: Sets = None,
    realtime: Realtime = False, dry_run: DryRun = False, json_: Json = False,
) -> None:  # fmt: skip
    """Steps on valves and pumps: dead time, rise, saturation, hysteresis; fills the delays that the balloon's law compensates."""

    def make(experiment: Experiment) -> Callable[[Calibrating], Awaitable[Any]]:
        async def work(at: Calibrating) -> Any:
            wanted = channels or [name for name in at.identifiable if not name.endswith("speed_rpm") or _top(experiment, name)]
            return [await at.actuator(name, _top(experiment, name)) for name in wanted]

        return work

    _run(make, bench, (operator, valid_days, "", note), set_ or [], realtime, dry_run, json_, armed=True)


@app.command("leak")
def leak(
    bench: Bench, operator: Operator = "", valid_days: ValidDays = 30, note: Note = "",
    hold_s: Annotated[float, typer.Option(min=5.0, max=3600.0, help="how long the balloon is watched")] = 60.0,
    limit: Annotated[float, typer.Option("--limit-mmHg-min", min=0.1, help="fall of the line pressure that is still tight")] = 10.0,
    realtime: Realtime = False, dry_run: DryRun = False, json_: Json = False,
) -> None:  # fmt: skip
    """Leak test of the balloon: filled, both valves shut, watched. 10 mmHg/min in 75 mL are about 1 mL of gas a minute."""

    async def work(at: Calibrating) -> Any:
        return [await at.leak(hold_s, limit)]

    _run(work, bench, (operator, valid_days, "", note), [], realtime, dry_run, json_, armed=True)


@app.command("show")
def show(bench: Bench, json_: Json = False) -> None:
    """What lies beside a bench's file, what is in force of it, and what speaks against arming."""
    import datetime

    from controller.calibration.shown import print_records
    from controller.config import load_bench
    from controller.config.calibration import calibration_of

    with errors_as_codes():
        the_bench = load_bench(bench)
        found = calibration_of(the_bench)
        reasons = [] if found is None else found.reasons(datetime.date.today())
        if json_:
            as_json({"bench": the_bench.name, "calibration": found and found.summary(), "reasons_against_arming": reasons})
        elif found is None:
            typer.echo(f"bench {the_bench.name}: no calibration lies beside {the_bench.source.name}")
        else:
            print_records([*found.sensors().values(), *found.actuators().values(), *found.kept.leaks[-1:]])
            typer.echo(f"file     {found.path}  sha256 {found.sha256}")
            for reason in reasons:
                typer.echo(f"against arming: {reason}")


def _run(
    work: Callable[..., Any], bench: str, signed: tuple[str, int, str, str], sets: list[str],
    realtime: bool, dry_run: bool, json_: bool, *, armed: bool,
) -> None:  # fmt: skip
    """Measures on the bench, then keeps, then shows."""
    from controller.calibration.line import Refused
    from controller.calibration.shown import print_records
    from controller.calibration.store import add, refuse_shipped
    from controller.commissioning.calibrating import Calibrating
    from controller.commissioning.procedure import carry_out
    from controller.config.experiment import load_experiment
    from controller.job.show import Screen

    with errors_as_codes():
        experiment = load_experiment(None, bench=bench, sets=sets)
        the_bench = experiment.bench
        if not dry_run:
            refuse_shipped(the_bench)
        path = the_bench.source.path
        folder = None if dry_run or path is None else path.with_name(path.stem + ".calibration")
        screen = Screen()
        simulated = the_bench.bench.simulated
        what = "SIMULATED, it puts references on by itself" if simulated else the_bench.title
        screen.say(f"bench    {the_bench.name}: {what}")
        pictures: list[Path] = []

        async def measure(hands: Any) -> Any:
            calibrating = Calibrating(
                hands, experiment.calibration, _signed(*signed), folder, screen.operator.ask, screen.say
            )  # fmt: skip
            task = work(experiment) if work.__name__ == "make" else work
            found = await task(calibrating)
            pictures.extend(calibrating.pictures)
            return found

        try:
            records = carry_out(experiment, measure, realtime=realtime or not simulated, armed=armed)
        except Refused as refused:
            fail(exit_codes.FAIL, f"not calibrated: {refused}")
        finally:
            screen.close()
        kept = None if dry_run else add(the_bench, *records)
        if json_:
            rows = [row.model_dump(mode="json") for row in records]
            as_json({"bench": the_bench.name, "file": kept and str(kept.path), "sha256": kept and kept.sha256, "records": rows})
        else:
            print_records(records)
            for picture in pictures:
                typer.echo(f"picture  {picture}")
            typer.echo(f"kept in  {kept.path}  sha256 {kept.sha256}" if kept else "--dry-run: nothing was kept")
    if any(getattr(row, "passed", True) is False for row in records):
        raise typer.Exit(exit_codes.FAIL)


def _signed(operator: str, valid_days: int, reference: str, note: str) -> Signed:
    import datetime
    import getpass

    from controller.commissioning.calibrating import Signed

    return Signed(operator or getpass.getuser(), datetime.date.today(), valid_days, reference, note)


def _top(experiment: Experiment, channel: str) -> float | None:
    """The highest speed to step to: that of the fitted pump; None where none is fitted."""
    if channel == "pump_speed_rpm" and experiment.pump is not None:
        return float(experiment.pump.speed_range_rpm[1])
    if channel == "rpump_speed_rpm" and experiment.right_pump is not None:
        return float(experiment.right_pump.speed_range_rpm[1])
    if channel == "ecmo_speed_rpm" and "ecmo_speed_rpm" in experiment.bench.outputs:
        return float(experiment.bench.outputs[channel].range[1])
    return None
