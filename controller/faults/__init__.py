"""Faults that are asked for: what, where and when, put into a simulated bench while it runs. Off unless somebody asks."""

from controller.faults.fault import Fault, parse
from controller.faults.schedule import Schedule, put_in

__all__ = ["Fault", "Schedule", "parse", "put_in"]
