"""Patterns made once a session."""

import pytest


@pytest.fixture(scope="session")
def made_of():
    from controller.config.load import load
    from controller.config.pattern import Pattern
    from controller.generator.waveforms import waveforms

    kept = {}

    def make(name, seconds=60.0, **more):
        key = (name, seconds, *more.items())
        if key not in kept:
            kept[key] = waveforms(load(Pattern, "pattern", str(name)), seconds, **more)
        return kept[key]

    return make


@pytest.fixture(scope="session")
def loop_bench():
    from controller.config.experiment import load_experiment

    return load_experiment(bench="generator-loopback")
