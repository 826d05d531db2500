"""Line and column of every key and value of a TOML text, by tree-sitter (tomllib gives values without positions).

Imported only when a position is asked for: a file without a problem never pays for it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from controller.config.errors import Loc

Point = tuple[int, int]  # line and column, both from 1, columns in characters
_TABLES = ("table", "table_array_element")
_NOT_VALUES = ("comment", "ERROR")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key and its value begin. For an item of a list both are the item."""

    key: Point
    value: Point


@dataclass(frozen=True, slots=True)
class Repeat:
    """A key (or table header) that was already given."""

    loc: Loc
    again: Point
    first: Point


class Positions:
    """`places` by path (keys and list indices from 0), `repeats` in the order of the file.

    Works on any text: what tree-sitter cannot read is left out, and `of` then answers with the nearest enclosing place.
    """

    def __init__(self, text: str) -> None:
        self.places: dict[Loc, Place] = {}
        self.repeats: list[Repeat] = []
        self._counts: dict[Loc, int] = {}  # how many [[...]] of each list of tables
        self._given: dict[Loc, Point] = {}  # keys with a value, and [headers]: may be given once
        self._bytes = text.encode().split(b"\n")
        root = Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node
        for node in root.named_children:
            if node.type in _TABLES:
                self._table(node)
            elif node.type == "pair":
                self._values([((), node)])

    def of(self, loc: Loc) -> Place | None:
        """The place of `loc`, or of the nearest part around it that has one."""
        while loc:
            if (place := self.places.get(loc)) is not None:
                return place
            loc = loc[:-1]
        return None

    def _table(self, node: Node) -> None:
        children = node.named_children
        if not children or children[0].type not in ("bare_key", "quoted_key", "dotted_key"):
            return
        keys, points = self._key(children[0])
        loc: Loc = ()
        for i, key in enumerate(keys):
            loc = (*loc, key)
            last = i == len(keys) - 1
            if last and node.type == "table_array_element":
                self.places.setdefault(loc, Place(points[i], points[i]))
                count = self._counts[loc] = self._counts.get(loc, 0) + 1
                loc = (*loc, count - 1)
            elif loc in self._counts:
                loc = (*loc, self._counts[loc] - 1)
            elif last:
                self._once(loc, points[i])
            self.places.setdefault(loc, Place(points[i], points[i]))
        self._values([(loc, child) for child in reversed(children[1:])])

    def _values(self, todo: list[tuple[Loc, Node]]) -> None:
        """Places of pairs and of everything in their values; a stack, since a hostile file nests without end."""
        while todo:
            loc, node = todo.pop()
            if node.type == "pair":
                todo.extend(self._pair(loc, node))
            elif node.type == "array":
                items = [child for child in node.named_children if child.type not in _NOT_VALUES]
                for i, item in enumerate(items):
                    self.places[(*loc, i)] = Place(self._point(item), self._point(item))
                todo.extend(((*loc, i), item) for i, item in reversed(list(enumerate(items))))
            elif node.type == "inline_table":
                todo.extend((loc, child) for child in reversed(node.named_children) if child.type == "pair")

    def _pair(self, loc: Loc, node: Node) -> Iterator[tuple[Loc, Node]]:
        children = [child for child in node.named_children if child.type not in _NOT_VALUES]
        if len(children) < 2:
            return
        keys, points = self._key(children[0])
        start = points[0]
        for i, key in enumerate(keys):
            loc = (*loc, key)
            if i < len(keys) - 1:
                self.places.setdefault(loc, Place(start, points[i]))
        self._once(loc, start)
        self.places.setdefault(loc, Place(start, self._point(children[1])))
        yield loc, children[1]

    def _once(self, loc: Loc, point: Point) -> None:
        first = self._given.setdefault(loc, point)
        if first != point:
            self.repeats.append(Repeat(loc, point, first))

    def _key(self, node: Node) -> tuple[list[str], list[Point]]:
        leaves: list[Node] = []
        todo = [node]
        while todo:
            part = todo.pop()
            if part.type == "dotted_key":
                todo.extend(reversed(part.named_children))
            elif part.type in ("bare_key", "quoted_key"):
                leaves.append(part)
        return [_name(leaf) for leaf in leaves], [self._point(leaf) for leaf in leaves]

    def _point(self, node: Node) -> Point:
        row, column = node.start_point.row, node.start_point.column
        return row + 1, len(self._bytes[row][:column].decode(errors="replace")) + 1


def _name(leaf: Node) -> str:
    text = (leaf.text or b"").decode(errors="replace")
    if leaf.type == "bare_key":
        return text
    try:
        return next(iter(tomllib.loads(f"{text} = 0")))
    except (tomllib.TOMLDecodeError, StopIteration):
        return text.strip("\"'")
