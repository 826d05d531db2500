from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

def activation(x: Iterable[float], ventricle: bool = True) -> tuple[Array, Array]: ...
def activation_entered(e: float) -> tuple[float, float]: ...
def chamber(v_mL: float, e: float, e_es: float, v0: float, a: float, b: float) -> float: ...
def valve(
    dp_mmHg: Iterable[float],
    dt_s: float,
    a_max: float = 4.0,
    a_min: float = 0.0,
    l_eff_cm: float = 1.8,
    k_open: float = 16.0,
    k_close: float = 16.0,
    zeta: float = 0.0,
    q: float = 0.0,
) -> tuple[Array, Array]: ...
def windkessel(
    inlet: Iterable[float],
    dt_s: float,
    c: float,
    r: float,
    theta_s: float = 0.0,
    l: float = 0.0,
    r_line: float = 0.0,
    v0_mL: float = 0.0,
) -> Array: ...
def orifice(
    p_from: float, p_to: float, conductance_dm3_s_bar: float, gas_factor: float = 1.0, b: float = 0.3, opening: float = 1.0
) -> float: ...
def lumen(
    p_from: float, p_to: float, resistance: float, turbulent: float = 1e-12, open_share: float = 1.0, thicker: float = 1.0
) -> float: ...
def balloon(
    device: dict[str, Any],
    valve_pressure: Iterable[float],
    valve_vacuum: Iterable[float],
    dt_s: float,
    p_aorta: float = 80.0,
    c_mmHg_mL: float = 0.0,
    gas: str = "helium",
    fill_mL: float = 0.0,
    leak_mL_min: float = 0.0,
    burst: bool = False,
    kink: float = 0.0,
    disconnection: float = 0.0,
    line_blood_mL: float = 0.0,
    position: int = 0,
    autofill: bool = False,
) -> Array: ...
def rotary_pump(
    device: dict[str, Any],
    speed_rpm: Iterable[float],
    head_mmHg: float,
    dt_s: float,
    transmural_mmHg: float = 20.0,
    enable: float = 1.0,
) -> Array: ...
def random_numbers(seed: int, n: int, normal: bool = True) -> Array: ...
