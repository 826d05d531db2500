"""The machine's fitness for a 1 kHz loop: one file a subject, findings with what to do."""

from controller.doctor.examine import examine
from controller.doctor.finding import Finding

__all__ = ["Finding", "examine"]
