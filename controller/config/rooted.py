"""What the four kinds of file have in common: a header table of the file's own kind, and the file they came from."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import PrivateAttr

from controller.config.errors import Fault, Problem
from controller.config.model import Line, Strict, Word
from controller.config.pruned import Pruned
from controller.config.source import Source


class Header(Strict):
    """The table that names the kind of file."""

    name: Word
    title: Line


class Rooted(Strict):
    """A whole file. `source` is what it was read from: text, path, and the position of every value."""

    _source: Source | None = PrivateAttr(default=None)
    _pruned: Pruned | None = PrivateAttr(default=None)  # what the model was built from, where parts of the file are faulty

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

    def problems(self, faults: Iterable[Fault]) -> list[Problem]:
        """Faults of this model at their places in the file, which has more steps and tables where faulty ones were left out."""
        pruned = self._pruned
        if pruned is None:
            return [self.source.problem(fault) for fault in faults]
        return [self.source.problem(pruned.original(fault)) for fault in faults if pruned.is_news(fault)]
