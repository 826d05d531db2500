"""Where the broker is: ``mqtt://[user[:password]@]host[:port][?version=5&discovery=homeassistant]``, ``mqtts://…[?ca=FILE&cert=FILE&key=FILE]``."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

URL_VARIABLE = "MOCKLOOP_MQTT_URL"  # the place for an address with a password: command lines are for everybody to read
PORT = 1883  # of MQTT (IANA), for brokers of others and for the embedded one
PORTS = {"mqtt": PORT, "mqtts": 8883}
OPTIONS = {"mqtt": {"version", "discovery"}, "mqtts": {"version", "discovery", "ca", "cert", "key"}}
DISCOVERIES = ("homeassistant",)
VERSIONS = {"3.1.1": 4, "5": 5}  # in words; as in the CONNECT packet


@dataclass(frozen=True, slots=True)
class Address:
    """A broker. `shown` is the only form for people, files and logs; the password is in no repr."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    version: str = "3.1.1"
    discovery: str | None = None  # by whom the bench is to be found without being told of it
    ca: str | None = None
    cert: str | None = None
    key: str | None = None

    @property
    def shown(self) -> str:
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{user}{host}:{self.port}"

    def tls_context(self) -> ssl.SSLContext | None:
        """Verifying context for mqtts (system certificates, or those of `ca`), else None.

        Raises OSError (ssl.SSLError is one) naming a certificate file that cannot be used.
        """
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.cert:
                context.load_cert_chain(self.cert, self.key)
        except OSError as error:
            files = ", ".join(f"{k}={v}" for k, v in (("ca", self.ca), ("cert", self.cert), ("key", self.key)) if v)
            raise OSError(f"broker {self.shown}: the certificates {files} cannot be used: {error}") from error
        return context


def parse(url: str) -> Address:
    """The address that `url` gives. Raises ValueError, which never repeats the password."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise ValueError(f"broker address cannot be read: {_without_login(str(error), url)}") from None
    if scheme not in PORTS or not host:
        raise ValueError("broker address is refused: allowed is mqtt://[user:password@]host[:port] or mqtts://…")
    where = f"broker address {scheme}://{host}"
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError(f"{where}: a path is refused; topics are fixed (mockloop/v1/<bench>/…)")
    unknown = set(options) - OPTIONS[scheme]
    if unknown:
        raise ValueError(f"{where}: option {sorted(unknown)[0]!r} is refused: allowed is {', '.join(sorted(OPTIONS[scheme]))}")
    version = options.get("version", "3.1.1")
    if version not in VERSIONS:
        raise ValueError(f"{where}: version={version} is refused: allowed is {' or '.join(VERSIONS)}")
    discovery = options.get("discovery")
    if discovery is not None and discovery not in DISCOVERIES:
        raise ValueError(f"{where}: discovery={discovery} is refused: allowed is {', '.join(DISCOVERIES)}")
    if "key" in options and "cert" not in options:
        raise ValueError(f"{where}: a key is of use only with its cert=FILE")
    return Address(
        host=host,
        port=PORTS[scheme] if port is None else port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=scheme == "mqtts",
        version=version,
        discovery=discovery,
        ca=options.get("ca"),
        cert=options.get("cert"),
        key=options.get("key"),
    )


def _without_login(text: str, url: str) -> str:
    login = url.rpartition("@")[0].rpartition("//")[2]
    words = [login, *login.split(":", 1)] if login else []
    for word in filter(None, words):
        text = text.replace(word, "…")
    return text
