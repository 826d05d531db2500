"""The protocol engine: steps in order, limits judged, teardown guaranteed (docs/protocols.md)."""

from controller.protocol.engine import ProtocolRun, run_protocol
from controller.protocol.limits import LimitResult
from controller.protocol.operator import Answer, NoOperator, Operator, TerminalOperator
from controller.protocol.progress import Progress, Standing
from controller.protocol.result import ProtocolResult, StepResult

__all__ = [
    "Answer",
    "LimitResult",
    "NoOperator",
    "Operator",
    "Progress",
    "ProtocolResult",
    "ProtocolRun",
    "Standing",
    "StepResult",
    "TerminalOperator",
    "run_protocol",
]
