"""What may go wrong on the wire of a simulated drive, on purpose and for a number of replies."""

from __future__ import annotations

import random

KINDS = ("silent", "garbage", "truncated", "wrong-unit", "exception")
UNIT_BYTE_TCP = 6  # of the MBAP header
DEVICE_FAILURE = 4


class Line:
    """Changes replies on their way out. `latency_s`: from request to reply, for every one.

    Args:
        seed: of the garbage.
    """

    def __init__(self, latency_s: float = 0.0, seed: int = 1) -> None:
        self.latency_s = latency_s
        self.exception_code = DEVICE_FAILURE
        self.replies = 0
        self._left: dict[str, float] = {}
        self._spare: dict[str, int] = {}
        self._random = random.Random(seed)

    def inject(self, kind: str, count: float = float("inf"), after: int = 0) -> None:
        """After so many good replies the next `count` suffer this; 0 ends it. Raises ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"line fault {kind!r} is unknown; there are {', '.join(KINDS)}")
        self._left[kind], self._spare[kind] = count, after

    def clear(self) -> None:
        self._left.clear()

    def wants(self, kind: str) -> bool:
        """Whether this reply suffers it; counts down."""
        left = self._left.get(kind, 0)
        if left <= 0:
            return False
        if self._spare[kind] > 0:
            self._spare[kind] -= 1
            return False
        self._left[kind] = left - 1
        return True

    def tcp(self, sending: bool, data: bytes) -> bytes:
        return self._changed(data, self._other_unit_tcp) if sending else data

    def rtu(self, sending: bool, data: bytes) -> bytes:
        return self._changed(data, self._other_unit_rtu) if sending else data

    def _changed(self, data: bytes, other_unit: object) -> bytes:
        self.replies += 1
        if self.wants("silent"):
            return b""
        if self.wants("garbage"):
            return self._random.randbytes(len(data))
        if self.wants("truncated"):
            return data[: len(data) // 2]
        if self.wants("wrong-unit"):
            assert callable(other_unit)
            return bytes(other_unit(data))
        return data

    @staticmethod
    def _other_unit_tcp(data: bytes) -> bytes:
        return data[:UNIT_BYTE_TCP] + bytes([data[UNIT_BYTE_TCP] ^ 0x10]) + data[UNIT_BYTE_TCP + 1 :]

    @staticmethod
    def _other_unit_rtu(data: bytes) -> bytes:
        from pymodbus.framer.rtu import FramerRTU

        frame = bytes([data[0] ^ 0x10]) + data[1:-2]
        return frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big")
