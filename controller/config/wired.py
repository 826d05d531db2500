"""What can be wrong with a wired bench that its parts alone do not show: terminals, cards, limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from controller.config.capabilities import CAPABILITIES
from controller.config.errors import Fault, Loc
from controller.config.wiring import Daq, Wire, unknown_card
from rigs.nidaq.cards import Card, cards
from rigs.nidaq.terminal import Terminal, terminal

if TYPE_CHECKING:
    from controller.config.bench import Bench

USB_ON_DEMAND_Hz = 200.0


def wired_faults(bench: Bench) -> Iterator[Fault]:
    """Everything that is wrong between channels, terminals and cards."""
    if bench.daq is None:
        yield Fault(("daq",), f"is required and missing: rig = {bench.bench.rig}", missing=True)
        return
    yield from _unwired(bench)
    yield from _twice(bench)
    yield from _limits(bench)
    yield from _reach(bench)
    yield from _timing(bench, bench.daq)
    card = cards().get(bench.daq.product)
    if card is None:
        yield unknown_card(bench.daq.product, list(cards()))
        return
    for loc, wire, at in _terminals(bench):
        yield from _on_card(card, loc, wire, at)
    yield from _rate(bench, bench.daq, card)
    if bench.watchdog.card_timeout_ms is not None and not card.watchdog:
        yield Fault(("watchdog", "card_timeout_ms"), f"is not possible: a {card.product} has no watchdog of its own", "line")


def _wires(bench: Bench) -> Iterator[tuple[Loc, Wire, bool]]:
    for table, rows, drives in (("inputs", bench.inputs, False), ("outputs", bench.outputs, True)):
        for name, row in rows.items():
            if row.wire is not None:
                yield (table, name, "wire"), row.wire, drives


def _terminals(bench: Bench) -> Iterator[tuple[Loc, Wire | None, Terminal]]:
    for loc, wire, _ in _wires(bench):
        if wire.place is not None:
            yield (*loc, "terminal"), wire, wire.place
    if bench.watchdog.line is not None:
        yield ("watchdog", "line"), None, terminal(bench.watchdog.line)


def _unwired(bench: Bench) -> Iterator[Fault]:
    for table, rows in (("inputs", bench.inputs), ("outputs", bench.outputs)):
        for name, row in rows.items():
            if row.wire is None:
                yield Fault((table, name, "wire"), f"is required and missing: rig = {bench.bench.rig}", missing=True)
    for loc, wire, is_output in _wires(bench):
        kind = wire.place.kind if wire.place is not None else None
        if is_output and kind in ("ai", "counter"):
            yield Fault((*loc, "terminal"), "is an input of the card", "DEVICE/aoN or DEVICE/portN/lineN")
        if not is_output and kind == "ao":
            yield Fault((*loc, "terminal"), "is an output of the card", "DEVICE/aiN, DEVICE/portN/lineN or DEVICE/ctrN")


def _twice(bench: Bench) -> Iterator[Fault]:
    """Terminals that two channels claim; a differential channel also takes its negative terminal."""
    card = cards().get(bench.daq.product) if bench.daq is not None else None
    taken: dict[Terminal, str] = {}
    for loc, wire, at in _terminals(bench):
        claims = {at: ""}
        negative = card.negative_of(at.index) if card is not None and at.kind == "ai" else None
        if wire is not None and wire.mode == "differential" and negative is not None:
            claims[Terminal(at.device, "ai", negative)] = f", the negative terminal of the pair {at}"
        mine = ".".join(str(part) for part in loc[:2])
        clash = next((claim for claim in claims if claim in taken), None)
        if clash is not None:
            yield Fault(loc, f"uses {clash}{claims[clash]}, which {taken[clash]} uses already", "one channel for each terminal")
        for claim, why in claims.items():
            taken.setdefault(claim, f"{mine}{why and ' (' + why[2:] + ')'}")


def _limits(bench: Bench) -> Iterator[Fault]:
    """Inputs that a device is controlled by, without a value at which it stops."""
    for name in bench.bench.offers:
        for channel in CAPABILITIES[name].limited:
            row = bench.inputs.get(channel)
            if row is not None and row.trip_high is None:
                what = f"is required and missing: the bench offers {name}, which acts on this input"
                yield Fault(("inputs", channel, "trip_high"), what, missing=True)


def _reach(bench: Bench) -> Iterator[Fault]:
    """Values that the voltage range cannot carry."""
    for name, row in bench.inputs.items():
        reach = row.wire.reach() if row.wire is not None else None
        for key, limit in (("trip_low", row.trip_low), ("trip_high", row.trip_high)):
            if reach is not None and limit is not None and not reach[0] < limit < reach[1]:
                what = "can never be measured: the voltage range ends before"
                yield Fault(("inputs", name, key), what, f"between {reach[0]:g} and {reach[1]:g}, or other volts")
    for name, out in bench.outputs.items():
        reach = out.wire.reach() if out.wire is not None else None
        if reach is not None and not (reach[0] <= out.range[0] and out.range[1] <= reach[1]):
            yield Fault(
                ("outputs", name, "range"), "is more than the voltage range carries", f"within {reach[0]:g} to {reach[1]:g}"
            )


def _timing(bench: Bench, daq: Daq) -> Iterator[Fault]:
    if daq.timing != "buffered":
        if "latency_ms" in daq.model_fields_set:
            yield Fault(("daq", "latency_ms"), f"has no effect: timing = {daq.timing}", 'timing = "buffered"')
        return
    for name in bench.outputs:
        yield Fault(("outputs", name), "cannot be driven: buffered timing only monitors", 'timing = "hardware" or "on-demand"')
    for name, row in bench.inputs.items():
        if row.wire is not None and row.wire.gain_per_V is not None and row.max_age_ms < 2 * daq.latency_ms:
            what = "is shorter than the buffer is deep"
            yield Fault(("inputs", name, "max_age_ms"), what, f"at least {2 * daq.latency_ms:g} ms, twice daq.latency_ms")


def _on_card(card: Card, loc: Loc, wire: Wire | None, at: Terminal) -> Iterator[Fault]:
    numbers = {"ai": card.ai, "ao": card.ao, "counter": card.counters}
    most = numbers[at.kind] if at.kind in numbers else (card.lines[at.port] if at.port < len(card.lines) else 0)
    if at.index >= most:
        listed = f"ai0 to ai{card.ai - 1}, ao0 to ao{card.ao - 1}, ctr0 to ctr{card.counters - 1}, " + ", ".join(
            f"port{p}/line0 to {n - 1}" for p, n in enumerate(card.lines)
        )
        yield Fault(loc, f"is no terminal of a {card.product}", listed)
    elif at.kind == "ai" and wire is not None:
        if wire.mode is not None and wire.mode not in card.modes:
            yield Fault((*loc[:-1], "mode"), f"is not possible on a {card.product}", ", ".join(card.modes))
        elif wire.mode == "differential" and card.negative_of(at.index) is None:
            pairs = [f"ai{i}" for i in range(card.ai) if card.negative_of(i) is not None]
            yield Fault(loc, "is the negative terminal of a differential pair", ", ".join(pairs))
        if card.range_for(*wire.volts) is None:
            ranges = ", ".join(f"[{-limit:g}, {limit:g}]" for limit in card.ranges_V)
            yield Fault((*loc[:-1], "volts"), f"is no range of a {card.product}", f"within one of {ranges}")


def _rate(bench: Bench, daq: Daq, card: Card) -> Iterator[Fault]:
    rate_Hz = 1e6 / bench.loop.period_us
    channels = sum(at.kind == "ai" for _, _, at in _terminals(bench))
    if daq.timing == "hardware" and not card.single_point:
        yield Fault(("daq", "timing"), f"is not possible: a {card.product} has no hardware-timed single point",
                    '"on-demand", or "buffered" to monitor')  # fmt: skip
    if daq.timing == "on-demand" and card.bus == "USB" and rate_Hz > USB_ON_DEMAND_Hz:
        allowed = f'at least {1e6 / USB_ON_DEMAND_Hz:g} us, or timing = "buffered" to monitor'
        yield Fault(("loop", "period_us"), f"is too short for a {card.product}: a call over USB takes milliseconds", allowed)
    if daq.timing != "on-demand" and channels and rate_Hz > card.fastest_Hz(channels):
        what = f"is beyond the card: a {card.product} samples {channels} channels with at most {card.fastest_Hz(channels):g} Hz"
        yield Fault(("loop", "period_us"), what, f"at least {1e6 / card.fastest_Hz(channels):.0f} us")
