"""Configuration: TOML files to typed, checked objects; every problem at once, at its line and column."""

from controller.config.errors import ConfigError, Problem
from controller.config.load import load_bench, load_patient, load_protocol

__all__ = ["ConfigError", "Problem", "load_bench", "load_patient", "load_protocol"]
