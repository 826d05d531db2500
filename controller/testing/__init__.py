"""Tests of devices on a bench, with pytest: the plugin and what its fixtures hand out (docs/testing-a-bench.md)."""
