"""The topics of one bench. Payloads are promised in docs/telemetry.md."""

from __future__ import annotations

from dataclasses import dataclass

ROOT = "mockloop/v1"
ONLINE, OFFLINE = "online", "offline"  # payloads of the status topic
LONGEST_BENCH = 64


@dataclass(frozen=True, slots=True)
class Topics:
    """Topic names of `bench`. Raises ValueError for a name that MQTT would take apart."""

    bench: str

    def __post_init__(self) -> None:
        if not self.bench or len(self.bench) > LONGEST_BENCH or not self.bench.isprintable() or set(self.bench) & set("/+#$"):
            raise ValueError(
                f"bench name {self.bench!r} is refused as a topic level: allowed are 1 to {LONGEST_BENCH} printable characters "
                "without / + # $"
            )

    def _topic(self, leaf: str) -> str:
        return f"{ROOT}/{self.bench}/{leaf}"

    @property
    def status(self) -> str:
        return self._topic("status")

    @property
    def meta(self) -> str:
        return self._topic("meta")

    @property
    def fast(self) -> str:
        return self._topic("fast")

    @property
    def beat(self) -> str:
        return self._topic("beat")

    @property
    def event(self) -> str:
        return self._topic("event")

    @property
    def command(self) -> str:
        return self._topic("command")

    @property
    def reply(self) -> str:
        return self._topic("reply")
