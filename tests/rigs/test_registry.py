"""The registry: kinds by name, and no rig that was compiled for another ABI."""

import pytest

from cext.rig import RIG_ABI
from rigs import registry

NOTHING = ({}, {}, {}, 1, 1e-3)


@pytest.fixture
def offered(monkeypatch):
    """Registers a factory for the length of a test."""
    registry.kinds()  # what is built in registers once, on import
    monkeypatch.setattr(registry, "_FACTORIES", dict(registry._FACTORIES))

    def offer(kind, rig):
        registry.register(kind)(lambda *_: rig())

    return offer


def test_an_old_binary_is_refused(offered, odd_rigs):
    offered("old", odd_rigs.OldRig)
    with pytest.raises(ImportError, match=rf"'old' was compiled for RIG_ABI {RIG_ABI - 1}, this core has {RIG_ABI}"):
        registry.make("old", *NOTHING)


def test_a_rig_that_does_not_say_its_abi_is_refused(offered, odd_rigs):
    offered("silent", odd_rigs.SilentRig)
    with pytest.raises(ImportError, match="does not say its RIG_ABI"):
        registry.make("silent", *NOTHING)


def test_an_unknown_kind_is_refused_with_those_there_are():
    with pytest.raises(LookupError, match=r"'nonsense' is unknown; there are .*virtual"):
        registry.make("nonsense", *NOTHING)


def test_built_in_kinds_are_there():
    assert {"virtual", "faulty"} <= set(registry.kinds())
