"""Records of a calibration as a person reads them on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from controller.config.calibration_record import Actuator, Leak, Sensor


def print_records(records: Iterable[Sensor | Actuator | Leak]) -> None:
    """Prints a table a kind of record to standard output."""
    from rich.console import Console
    from rich.table import Table

    rows = list(records)
    console = Console(highlight=False)
    sensors = [row for row in rows if isinstance(row, Sensor)]
    if sensors:
        table = Table("input", "kind", "gain", "offset", "points", "residual", "taken", "expires", box=None, pad_edge=False)
        for row in sensors:
            most = max((abs(value) for value in row.residuals), default=0.0)
            table.add_row(
                row.channel, row.kind, f"{row.gain:.5g}", f"{row.offset:+.4g} {row.unit}", str(len(row.points)),
                f"{most:.3g} {row.unit}" if len(row.points) > 2 else "–", f"{row.date} {row.operator}", str(row.expires),
            )  # fmt: skip
        console.print(table)
    for one in (row for row in rows if isinstance(row, Actuator)):
        console.print(f"{one.channel}  (steps seen on {one.seen_on}, {one.steps} of them; taken {one.date} {one.operator})")
        for what, text in (
            ("dead time", f"{one.delay_ms:.1f} ± {one.delay_spread_ms:.1f} ms"),
            ("rise", f"{one.rise_ms:.0f} ms from 10 to 90 %"),
            ("fall", _figure(one.fall_ms, "ms", one.reasons.get("fall_ms"))),
            ("saturation", _figure(one.saturation, one.unit, one.reasons.get("saturation"))),
            ("hysteresis", _figure(one.hysteresis, one.unit, one.reasons.get("hysteresis"))),
            *(("fills", f"{path} = {value:g}") for path, value in one.settings.items()),
            ("expires", str(one.expires)),
        ):
            console.print(f"  {what:11}{text}")
    for leak in (row for row in rows if isinstance(row, Leak)):
        word = "[green]tight[/]" if leak.passed else "[bold red]LEAKS[/]"
        console.print(
            f"leak test {word}: the line fell by {leak.fall_mmHg_min:.1f} mmHg/min from {leak.start_mmHg:.0f} mmHg in "
            f"{leak.held_s:g} s, limit {leak.limit_mmHg_min:g}; taken {leak.date} {leak.operator}, expires {leak.expires}"
        )


def _figure(value: float | None, unit: str, reason: str | None) -> str:
    return f"– ({reason})" if value is None else f"{value:.4g} {unit}"
