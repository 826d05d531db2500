"""What the cards say of themselves, held against what the bench file wants of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rigs.nidaq.wiring import Wiring

if TYPE_CHECKING:
    from nidaqmx.system import Device

USB_ON_DEMAND_Hz = 200.0  # a read over USB takes a millisecond or two, whatever the program does
SIMULATED = "SIMULATED "
MODES = {"rse": "RSE", "nrse": "NRSE", "differential": "DIFF", "pseudodifferential": "PSEUDO_DIFF"}


def survey(wiring: Wiring, period_s: float) -> dict[str, str]:
    """Looks at every card of the bench; returns what was found: device name -> product and serial number.

    Raises OSError with all reasons why these cards cannot do what the bench file asks.
    """
    from nidaqmx.errors import Error
    from nidaqmx.system import System

    from rigs.nidaq.tasks import words

    found: dict[str, str] = {}
    wrong: list[str] = []
    try:
        system = System.local()
        present = {device.name: device for device in system.devices}
        for name in wiring.devices:
            if name not in present:
                listed = ", ".join(f"{d.name} ({d.product_type})" for d in present.values()) or "none"
                wrong.append(
                    f"there is no device {name}; the driver sees {listed}. Rename the card in NI MAX or in the bench file"
                )
                continue
            device = present[name]
            found[name] = f"{device.product_type}, serial {device.serial_num:X}"
            wrong += _card(wiring, device, 1.0 / period_s)
        version = system.driver_version
        found["driver"] = f"NI-DAQmx {version.major_version}.{version.minor_version}.{version.update_version}"
    except Error as error:
        raise OSError(f"NI-DAQ, asking the cards: {words(error)}") from error
    if wrong:
        raise OSError("NI-DAQ: " + "; ".join(wrong))
    return found


def _card(wiring: Wiring, device: Device, rate_Hz: float) -> list[str]:
    from nidaqmx.constants import AcquisitionType, BusType

    wrong: list[str] = []
    name, product = device.name, device.product_type.removeprefix(SIMULATED)
    if product != wiring.product:
        wrong.append(f"{name} is a {product}, the bench file is written for a {wiring.product}")
    inputs = [row for row in wiring.analog_in if row.terminal.device == name]
    if inputs and wiring.timing == "hardware" and AcquisitionType.HW_TIMED_SINGLE_POINT not in device.ai_samp_modes:
        wrong.append(f'{name} ({product}) has no hardware-timed single point: timing = "on-demand" or "buffered"')
    if wiring.timing == "on-demand" and device.bus_type == BusType.USB and rate_Hz > USB_ON_DEMAND_Hz:
        wrong.append(
            f"{name} ({product}) is on USB: {rate_Hz:g} Hz on demand is too fast, at most {USB_ON_DEMAND_Hz:g} Hz; "
            'timing = "buffered" for monitoring'
        )
    if inputs and wiring.timing != "on-demand":
        most = device.ai_max_multi_chan_rate / len(inputs) if len(inputs) > 1 else device.ai_max_single_chan_rate
        if rate_Hz > most:
            wrong.append(f"{name} ({product}) samples {len(inputs)} channels with at most {most:g} Hz, not {rate_Hz:g} Hz")
    limits = [abs(limit) for limit in device.ai_voltage_rngs] if inputs else []
    for row in inputs:
        if not any(-limit <= row.low_V and row.high_V <= limit for limit in limits):
            wrong.append(f"{row.terminal} ({row.name}) has no range that holds {row.low_V:g} V to {row.high_V:g} V")
        configurations = [c.name for c in device.ai_physical_chans[str(row.terminal)].ai_term_cfgs]
        if row.mode != "default" and MODES[row.mode] not in configurations:
            wrong.append(f"{row.terminal} ({row.name}) cannot be wired {row.mode}; it can be {', '.join(configurations)}")
    return wrong
