"""Laws of device developers: compiled ones in the tick, slow ones in the supervisor (docs/laws.md)."""
