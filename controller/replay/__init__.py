"""A recording played to today's core: its inputs, settings and requests in, its outputs compared tick by tick."""

from controller.replay.play import Deviation, Played, replay
from controller.replay.tape import CannotReplay

__all__ = ["CannotReplay", "Deviation", "Played", "replay"]
