"""Lines between supervisor and helpers: any chunking, any garbage, any number."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.processes.json_lines import Splitter, decode, encode

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def without_infinities(value):
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: without_infinities(item) for key, item in value.items()}
    return [without_infinities(item) for item in value] if isinstance(value, list) else value


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_what_is_encoded_is_one_line_and_decodes_to_itself_with_null_for_no_number(message):
    line = encode(message)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    strict = json.loads(line, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert strict == without_infinities(message) == decode(line)


def test_numpy_scalars_are_plain_numbers():
    assert decode(encode({"a": np.float64(1.5), "b": np.int64(3), "c": np.bool_(True), "d": np.float32("nan")})) == {
        "a": 1.5,
        "b": 3,
        "c": True,
        "d": None,
    }


def test_what_has_no_form_in_json_is_refused():
    with pytest.raises(TypeError, match="object"):
        encode({"a": object()})


@pytest.mark.parametrize("line", [b"", b"{", b"[1]", b"7", b"null", b"\xff\xfe", b'{"a":1} x', b"[" * 100_000])
def test_anything_but_an_object_is_nothing(line):
    assert decode(line) is None


@settings(deadline=None)
@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")), max_size=8), st.data())
def test_lines_do_not_depend_on_how_the_stream_is_cut(lines, data):
    stream = b"\n".join([*lines, b""])
    splitter, found, at = Splitter(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, len(stream) - at))
        found += splitter.feed(stream[at : at + size])
        at += size
    assert found == [line for line in lines if line.strip()]
    assert list(splitter.end()) == []


def test_a_line_too_long_is_thrown_away_and_the_next_one_is_read():
    splitter = Splitter(longest=10)
    chunks = (b"ok\n", b"x" * 8, b"x" * 8, b"x\nyes\n", b"z" * 11 + b"\nlast")
    found = [line for chunk in chunks for line in splitter.feed(chunk)]
    assert found == [b"ok", b"yes"]
    assert splitter.overlong == 2
    assert list(splitter.end()) == [b"last"]
