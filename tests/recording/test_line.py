"""The recorder's line to its supervisor never blocks it."""

import json
import os

from controller.recording.line import Line


def test_a_status_that_nobody_reads_is_dropped_and_counted():
    read_end, write_end = os.pipe()
    try:
        line = Line(stdin=read_end, stdout=write_end)
        said = [line.say({"recorded": k}) for k in range(10_000)]  # a pipe holds 64 kB
        assert said[0] and not said[-1]
        assert line.unheard == said.count(False) > 0
        lines = os.read(read_end, 1 << 20).splitlines()
        assert [json.loads(text)["recorded"] for text in lines] == list(range(said.count(True)))
        assert line.say({"recorded": -1})  # read again: heard again
    finally:
        os.close(read_end)
        os.close(write_end)


def test_nobody_there_any_more_is_no_error():
    read_end, write_end = os.pipe()
    os.close(read_end)
    line = Line(stdin=write_end, stdout=write_end)
    assert not line.say({"recorded": 1})
    assert line.unheard == 1
    os.close(write_end)


def test_the_last_line_counts_even_without_its_end():
    read_end, write_end = os.pipe()
    os.write(write_end, b'{"close": {}}\n{"event": {"tick": 1}}')
    os.close(write_end)
    line = Line(stdin=read_end, stdout=read_end)
    got = line.wait(0) + line.wait(0)
    assert got == [{"close": {}}, {"event": {"tick": 1}}]
    assert line.ended
    os.close(read_end)
