"""How much the left pump haemolyses, by the power law of Giersiepen: for ranking only.

    IH = 3.62e-5 * tau^2.416 * t^0.785   % of the haemoglobin set free in one passage, tau in Pa, t in s
(Giersiepen 1990, Int J Artif Organs 13:300; it overstates what newer rigs find.) tau = mu*pi*D*N/gap, the shear in the gap of the
rotor, t = pi*D*gap*length/Q, the time in it; mu 3.3e-3 Pa s. D, gap and length are assumptions of the device file.
"""

from __future__ import annotations

from controller.metrics.beat import Beat
from controller.metrics.context import Absent

LEAST_FLOW_mL_S = 100.0 / 60.0


def haemolysis_index(beat: Beat) -> float:
    if beat.context.pump_device == "none":
        raise Absent("no rotary pump is fitted")
    if beat.context.gap is None:
        raise Absent(f"the file of {beat.context.pump_device} has no [haemolysis]")
    speed, flow = beat.mean("pump_speed_rpm"), beat.mean("pump_flow_mL_s")
    if speed < 1.0:
        raise Absent("the pump stands")
    if flow < LEAST_FLOW_mL_S:
        raise Absent(f"mean pump flow of {0.06 * flow:.2f} L/min is not forward: no time in the gap")
    return beat.context.gap.index(speed, flow)


METRICS = {haemolysis_index.__name__: haemolysis_index}
