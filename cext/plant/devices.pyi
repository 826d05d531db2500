"""Device files to structs; nothing here is for Python but the gases that a drive may name."""

GAS_FACTOR: dict[str, float]
