"""Configuration: TOML files to typed, checked objects; every problem at once, at its line and column.

`load_experiment` is what a run needs; `check` is what ``mockloop check`` needs; `plan` what ``--dry-run`` needs.
"""

from controller.config.errors import ConfigError, Problem
from controller.config.experiment import Experiment, load_device, load_drive, load_experiment
from controller.config.find import available
from controller.config.load import load_bench, load_patient, load_protocol
from controller.config.plan import plan

__all__ = [
    "ConfigError",
    "Experiment",
    "Problem",
    "available",
    "load_bench",
    "load_device",
    "load_drive",
    "load_experiment",
    "load_patient",
    "load_protocol",
    "plan",
]
