"""What the four kinds of file have in common: a header table of the file's own kind, and the file they came from."""

from __future__ import annotations

from pydantic import PrivateAttr

from controller.config.errors import Fault
from controller.config.model import Line, Strict, Word
from controller.config.source import Source


class Header(Strict):
    """The table that names the kind of file."""

    name: Word
    title: Line


class Rooted(Strict):
    """A whole file. `source` is what it was read from: text, path, and the position of every value."""

    _source: Source | None = PrivateAttr(default=None)

    @property
    def header(self) -> Header:
        """The header table, whatever the kind of file."""
        first = getattr(self, next(iter(type(self).model_fields)))
        assert isinstance(first, Header)
        return first

    def own_faults(self) -> list[Fault]:
        """What is wrong between the parts of the file, each of which is right by itself."""
        return []

    @property
    def name(self) -> str:
        return self.header.name

    @property
    def title(self) -> str:
        return self.header.title

    @property
    def source(self) -> Source:
        """The file.

        Raises:
            ValueError: the object was not made from a file.
        """
        if self._source is None:
            raise ValueError(f"{type(self).__name__} {self.name} was not read from a file")
        return self._source
