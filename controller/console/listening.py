"""Where the console listens, and for whom: loopback for everybody at this machine, elsewhere only with TLS and tokens."""

from __future__ import annotations

import argparse
import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path

HOST, PORT = "127.0.0.1", 8470


@dataclass(frozen=True, slots=True)
class Listening:
    """An address with what secures it. `extra_names`: host names by which browsers may address it. Port 0: any free one."""

    host: str = HOST
    port: int = PORT
    certificate: Path | None = None
    key: Path | None = None
    token_file: Path | None = None
    extra_names: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        return self.certificate is not None

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def family(self) -> socket.AddressFamily:
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    def names(self) -> set[str]:
        """Host names that this console answers to."""
        own = set() if self.loopback else {socket.gethostname(), socket.getfqdn()}
        return own | set(self.extra_names)

    def url(self, port: int) -> str:
        host = "127.0.0.1" if self.host == "localhost" else f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{port}/"

    def as_arguments(self, port: int) -> list[str]:
        """The command line that gives this again, with `port`."""
        found = ["--host", self.host, "--port", str(port)]
        for option, value in (("--tls-cert", self.certificate), ("--tls-key", self.key), ("--token-file", self.token_file)):
            found += [option, str(value)] if value is not None else []
        for name in self.extra_names:
            found += ["--name", name]
        return found

    @staticmethod
    def arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default=HOST)
        parser.add_argument("--port", type=int, default=PORT)
        parser.add_argument("--tls-cert", type=Path)
        parser.add_argument("--tls-key", type=Path)
        parser.add_argument("--token-file", type=Path)
        parser.add_argument("--name", action="append", default=[])

    @staticmethod
    def of(given: argparse.Namespace) -> Listening:
        return Listening(given.host, given.port, given.tls_cert, given.tls_key, given.token_file, tuple(given.name))


def refuse_open_door(listening: Listening) -> None:
    """Raises ValueError where the console would be open to a network without TLS and tokens, or half secured."""
    if (listening.certificate is None) != (listening.key is None):
        raise ValueError("a certificate and its key belong together: give --tls-cert and --tls-key")
    for path in (listening.certificate, listening.key, listening.token_file):
        if path is not None and not path.is_file():
            raise ValueError(f"{path}: no such file")
    # SAFETY: whoever reaches the console could drive the bench
    if not listening.loopback and not (listening.secure and listening.token_file):
        raise ValueError(
            f"--host {listening.host} can be reached from other machines: that needs TLS and tokens "
            "(--tls-cert FILE --tls-key FILE --token-file FILE); without them the console listens on 127.0.0.1 only"
        )
