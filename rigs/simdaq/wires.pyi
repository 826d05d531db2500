from cext.rig import Rig
from rigs.simdaq.bench import SimulatedBench

class SimulatedWires(Rig):
    inner: Rig
    bench: SimulatedBench
    def __init__(self, inner: Rig, bench: SimulatedBench, period_s: float) -> None: ...
