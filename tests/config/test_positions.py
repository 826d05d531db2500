"""Line and column of every key and value, against places counted by hand and against tomllib."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.config.errors import ConfigError, Loc
from controller.config.find import shipped
from controller.config.positions import Positions
from controller.config.source import parse


def places(value: Any, loc: Loc = ()) -> Iterator[Loc]:
    if loc:
        yield loc
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*loc, key))


@pytest.mark.parametrize(
    ("text", "loc", "key", "value"),
    [
        ("a = 1", ("a",), (1, 1), (1, 5)),
        ("\n\n  abc = 1", ("abc",), (3, 3), (3, 9)),
        ("[t]\r\na = 1\r\nb = 2\r\n", ("t", "b"), (3, 1), (3, 5)),
        ('a = """x\ny"""\nb = 2', ("b",), (3, 1), (3, 5)),
        ("a = '''\n''' # c\nb = [ 1,\n  2, ]", ("b", 1), (4, 3), (4, 3)),
        ("a = [ 1, # one\n 2 ]", ("a", 1), (2, 2), (2, 2)),
        ("a = [ [1], [2, 3] ]", ("a", 1, 1), (1, 16), (1, 16)),
        ("a = { b = 1, c.d = 2 }", ("a", "c", "d"), (1, 14), (1, 20)),
        ("a = [ { b = 1 }, { b = 2 } ]", ("a", 1, "b"), (1, 20), (1, 24)),
        ('a."b c".d = 1', ("a", "b c", "d"), (1, 1), (1, 13)),
        ('"p.q" = 1', ("p.q",), (1, 1), (1, 9)),
        ("[[s]]\na = 1\n[[s]]\na = 2", ("s", 1, "a"), (4, 1), (4, 5)),
        ("[[s]]\n[[s.t]]\na = 1\n[[s]]\n[[s.t]]\n[[s.t]]\na = 2", ("s", 1, "t", 1, "a"), (7, 1), (7, 5)),
        ("[[s]]\n[s.t]\na = 1", ("s", 0, "t", "a"), (3, 1), (3, 5)),
        ("\"ü\" = ['äöü', 2] # é\n", ("ü", 1), (1, 15), (1, 15)),
        ("x = '😀'; y = 1".replace("; ", "\n"), ("y",), (2, 1), (2, 5)),
        ("d = 1979-05-27T07:32:00Z\ne = 0x1F", ("e",), (2, 1), (2, 5)),
    ],
)
def test_place(text: str, loc: Loc, key: tuple[int, int], value: tuple[int, int]) -> None:
    tomllib.loads(text)
    place = Positions(text).places[loc]
    assert (place.key, place.value) == (key, value)


@pytest.mark.parametrize("file", sorted(shipped().rglob("*.toml")), ids=lambda file: file.stem)
def test_shipped_files_have_a_place_for_everything(file: Any) -> None:
    source = parse(file.read_bytes(), file.name)
    found = source.positions.places
    lines = source.text.split("\n")
    for loc in places(source.tables):
        line, column = found[loc].key
        if isinstance(loc[-1], str) and len(loc) > 1 and isinstance(loc[-2], str):
            assert any(str(part) in lines[line - 1] for part in loc[-2:]), loc
        assert 1 <= column <= len(lines[line - 1])


_keys = st.sampled_from(["a", "b", "c d", "e.f", "ü", '"', "1"])
_scalars = st.one_of(st.integers(-9, 9), st.booleans(), st.text("xyz \"'\n#=[]{}", max_size=5))
_values = st.recursive(_scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(_keys, v, max_size=3), max_leaves=8)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(f"\\u{ord(c):04X}" if c in '"\\\n' else c for c in value) + '"'
    if isinstance(value, list):
        return "[" + ",\n".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    return str(value)


@given(st.dictionaries(_keys, _values, max_size=4))
def test_every_value_of_any_document_has_a_place(table: dict[str, Any]) -> None:
    text = "".join(f"{_toml(key)} = {_toml(value)}\n" for key, value in table.items())
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # an inline table over several lines: TOML 1.0 has none
    assert tables == table
    found = Positions(text).places
    assert set(places(tables)) <= set(found)
    offsets = [0]
    for row in text.split("\n"):
        offsets.append(offsets[-1] + len(row) + 1)
    for loc in places(tables):
        line, column = found[loc].value
        value: Any = tables
        for part in loc:
            value = value[part]
        assert text[offsets[line - 1] + column - 1 :].startswith(_toml(value))


def test_byte_order_mark_does_not_move_the_first_line() -> None:
    source = parse(b"\xef\xbb\xbfa = 1\n", "f")
    assert source.tables == {"a": 1}
    assert source.where(("a",)) == "f:1:5"


@pytest.mark.parametrize(
    ("data", "where", "what"),
    [
        (b"a = 1\na = 2\n[t]\nb = 1\nb = 2\n[t]\n", ["f:2:1", "f:5:1", "f:6:2"], "is given twice"),
        (b"t = { a.b = 1, a.b = 2 }", ["f:1:16"], "is given twice"),
        (b"[t]\na = { b = 1 }\n[t.a]\nc = 1", ["f:3:4"], "is given twice"),
        (b"a = 1\nb = \xe4", ["f:2:5"], "0xe4 is not UTF-8"),
        ("ä = '\udcff'".encode("utf-8", "surrogateescape"), ["f:1:6"], "0xff is not UTF-8"),
        (b"a = hello", ["f:1:5"], "text goes in quotes"),
        (b"a = 5.", ["f:1:6"], "one key = value a line"),
        (b"hello\n", ["f:1:6"], "a line is key = value"),
        (b"x = { a = 1,\n}", ["f:1:13"], "an inline table { … } stays on one line"),
        (b'x = """abc', ["f:1:11"], "unterminated string"),
        (b"\x00", ["f:1:1"], "invalid statement"),
        (b"a=" + b"[" * 100_000, ["f"], "lie in each other more than 64 deep"),
        (b"a=" + b"9" * 5000, ["f"], "thousands of digits"),
        (b"#" * 4_000_001, ["f"], "larger than 4 MB"),
    ],
)
def test_what_is_not_toml(data: bytes, where: list[str], what: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(data, "f")
    assert [p.where for p in raised.value.problems] == where
    assert all(what in p.what for p in raised.value.problems)
