"""Quantities to Modbus registers and back: type, word order, scale."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

WordOrder = Literal["big", "little"]
_FORMATS = {"uint16": "H", "int16": "h", "uint32": "I", "int32": "i", "float32": "f"}
_LIMITS = {"uint16": (0, 0xFFFF), "int16": (-0x8000, 0x7FFF), "uint32": (0, 0xFFFFFFFF), "int32": (-0x80000000, 0x7FFFFFFF)}
GAP = 0  # registers between two that are read along: none, a drive may refuse those that it does not have
MOST_REGISTERS = 125  # of one read request (Modbus application protocol V1.1b3, 6.3)


@dataclass(frozen=True, slots=True)
class Register:
    """One value at `address` (of the telegram, from 0): counts × per_unit in the unit of the quantity."""

    address: int
    type: str
    per_unit: float = 1.0

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Register:
        return cls(int(table["address"]), str(table["type"]), float(table.get("per_unit", 1.0)))

    @property
    def words(self) -> int:
        return 2 if self.type.endswith("32") else 1

    def decode(self, words: Sequence[int], order: WordOrder) -> float:
        """The quantity that these registers hold; NaN and infinity where a float says so."""
        raw = struct.pack(f">{self.words}H", *(words if order == "big" else reversed(words)))
        return float(struct.unpack(">" + _FORMATS[self.type], raw)[0]) * self.per_unit

    def encode(self, value: float, order: WordOrder) -> list[int]:
        """The registers for a quantity, to the nearest count; at the end of the type where it does not fit.

        Raises:
            ValueError: not a finite number.
        """
        if not math.isfinite(value):
            raise ValueError(f"register {self.address}: {value} cannot be sent: allowed is a finite number")
        counts: float = value / self.per_unit
        if self.type in _LIMITS:
            low, high = _LIMITS[self.type]
            counts = min(max(round(counts), low), high)
        words = list(struct.unpack(f">{self.words}H", struct.pack(">" + _FORMATS[self.type], counts)))
        return words if order == "big" else words[::-1]


@dataclass(frozen=True, slots=True)
class Block:
    """Registers that one request reads: names and registers, from `address` on, `count` words."""

    address: int
    count: int
    registers: tuple[tuple[str, Register], ...]

    def decode(self, words: Sequence[int], order: WordOrder) -> dict[str, float]:
        found = {}
        for name, register in self.registers:
            at = register.address - self.address
            found[name] = register.decode(words[at : at + register.words], order)
        return found


def blocks(registers: Mapping[str, Register]) -> tuple[Block, ...]:
    """The fewest requests that read all of these, gaps of up to `GAP` registers read along."""
    made: list[Block] = []
    for name, register in sorted(registers.items(), key=lambda item: item[1].address):
        end = register.address + register.words
        if made:
            last = made[-1]
            near = register.address <= last.address + last.count + GAP
            if near and end - last.address <= MOST_REGISTERS:
                count = max(last.count, end - last.address)
                made[-1] = Block(last.address, count, (*last.registers, (name, register)))
                continue
        made.append(Block(register.address, register.words, ((name, register),)))
    return tuple(made)
