"""``mockloop run``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from controller import exit_codes
from controller.cli.circulation import with_model
from controller.cli.mqtt_options import check_mqtt
from controller.cli.output import as_json, errors_as_codes, fail
from controller.cli.pdf_option import PdfOption, pdf_wanted, print_pdf

if TYPE_CHECKING:
    from controller.job.request import Request


def command(
    protocol: Annotated[str, typer.Argument(help="name of a protocol (mockloop list protocols) or a file")],
    bench: Annotated[str | None, typer.Option(help="name of a bench or a file [default: the protocol's, else virtual]")] = None,
    patient: Annotated[str | None, typer.Option(help="name of a patient or a file [default: the protocol's]")] = None,
    model: Annotated[str | None, typer.Option(help="circulation model: full or simaan-2009 (list models)")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="virtual time: as fast as the processor goes")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="of noise and rhythm: same seed and build, same bits")] = 1,
    out: Annotated[Path | None, typer.Option(help="run folder [default: runs/<date>-<protocol>]")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="a setting; may be repeated")] = None,
    recording: Annotated[
        list[Path] | None,
        typer.Option(help="play this record in place of a patient (bench recording); several with one time origin"),
    ] = None,
    mqtt: Annotated[str, typer.Option(help="embedded, off, or mqtt[s]://[user:password@]host[:port]")] = "embedded",
    mqtt_keys: Annotated[
        Path | None, typer.Option(help="file of those who may command over MQTT [default: nobody may]")
    ] = None,
    policy: Annotated[str, typer.Option(help="recording: full, decimated, beats")] = "full",
    console: Annotated[bool, typer.Option("--console", help="show it in a browser of this machine as well")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="print plan, limits and time, run nothing")] = False,
    operator: Annotated[str, typer.Option(help="who runs it; stored")] = "",
    dut: Annotated[str, typer.Option(help="device under test; stored")] = "",
    fluid: Annotated[str, typer.Option(help="test fluid; stored")] = "",
    temperature_c: Annotated[float | None, typer.Option("--temperature-C", help="of the fluid; stored")] = None,
    note: Annotated[str, typer.Option(help="anything worth keeping; stored")] = "",
    pdf: PdfOption = None,
    json_: Annotated[bool, typer.Option("--json", help="print summary.json, progress on stderr")] = False,
) -> None:
    """Runs a protocol on a bench, records it and ends with the verdict."""
    from controller.job.request import Notes, Request
    from controller.report.pdf import MISSING, can_make_pdf

    if policy not in ("full", "decimated", "beats"):
        fail(exit_codes.USAGE, f"--policy {policy}: allowed is full, decimated or beats")
    if temperature_c is not None and not 0.0 <= temperature_c <= 100.0:
        fail(exit_codes.USAGE, f"--temperature-C {temperature_c:g}: allowed is 0 to 100")
    check_mqtt(mqtt, mqtt_keys)
    if pdf and not can_make_pdf():
        fail(exit_codes.USAGE, f"--pdf: {MISSING}")
    request = Request(
        protocol, bench, patient, fast, seed, out, with_model(model, set_), mqtt, policy,
        Notes(operator, dut, fluid, temperature_c, note), mqtt_keys=mqtt_keys, recording=tuple(recording or ()),
    )  # fmt: skip
    with errors_as_codes():
        run(request, dry_run, json_, console, pdf)


def run(request: Request, dry_run: bool, json_wanted: bool, console: bool = False, pdf: bool | None = False) -> None:
    """Runs and ends the command with the verdict's exit code."""
    from controller.config.experiment import load_experiment

    experiment = load_experiment(
        request.protocol, bench=request.bench, patient=request.patient, sets=request.sets, recording=request.recording
    )
    if request.fast and not experiment.bench.bench.simulated:
        fail(exit_codes.USAGE, f"--fast: bench {experiment.bench.name} is hardware; virtual time is for simulated benches only")
    if dry_run:
        from controller.config.plan import plan

        assert experiment.protocol is not None
        planned = plan(experiment.protocol, experiment.settings.values_by_path)
        if json_wanted:
            as_json(planned.as_json())
        else:
            typer.echo(planned.text())
        return

    from controller.job.run_job import run_job
    from controller.job.show import show

    outcome = run_job(experiment, request, console=console)
    show(outcome)
    if outcome.report is not None and pdf_wanted(pdf):
        print_pdf(outcome.report)
    if json_wanted:
        as_json(outcome.summary)
    raise typer.Exit(outcome.result.exit_code)
