"""The operator at a terminal, at a pipe, and nobody."""

from __future__ import annotations

import asyncio
import os
import pty
from contextlib import contextmanager, suppress

import pytest

from controller.protocol.operator import Answer, NoOperator, TerminalOperator


@pytest.fixture
def pipe():
    read, write = os.pipe()
    yield read, write
    for fd in (read, write):
        with suppress(OSError):
            os.close(fd)


def test_nobody():
    assert asyncio.run(NoOperator().ask("Ready?")) == Answer("not asked", "no operator")


def test_a_line_an_answer_from_a_pipe(pipe):
    read, write = pipe
    os.write(write, b"fine\n\nNo\nlast words")
    os.close(write)
    shown = []
    operator = TerminalOperator(read, shown.append)

    async def ask():
        return [await operator.ask(f"question {n}") for n in range(5)]

    assert asyncio.run(ask()) == [
        Answer("answered", "fine"),
        Answer("answered", ""),
        Answer("declined", "No"),
        Answer("answered", "last words"),
        Answer("not asked", "end of input"),
    ]
    assert shown[0].startswith("question 0\n")


def test_waiting_leaves_the_loop_free_and_can_be_taken_back(pipe):
    read, write = pipe
    operator = TerminalOperator(read, lambda text: None)

    async def main():
        ask = asyncio.ensure_future(operator.ask("Ready?"))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not ask.done()
        ask.cancel()
        await asyncio.gather(ask, return_exceptions=True)
        os.write(write, b"yes\n")
        assert (await operator.ask("And now?")) == Answer("answered", "yes")

    asyncio.run(main())


def test_a_file_is_read_without_waiting(tmp_path):
    path = tmp_path / "answers"
    path.write_bytes(b"one\ntwo\n")
    fd = os.open(path, os.O_RDONLY)
    try:
        operator = TerminalOperator(fd, lambda text: None)

        async def ask():
            return [(await operator.ask("?")).text for _ in range(3)]

        assert asyncio.run(ask()) == ["one", "two", "end of input"]
    finally:
        os.close(fd)


def test_a_terminal_forgets_what_was_typed_before_the_question():
    leader, follower = pty.openpty()
    inside = []

    @contextmanager
    def around():
        inside.append("in")
        yield
        inside.append("out")

    try:
        os.write(leader, b"typed too early\n")

        def show(text):
            inside.append(text)
            os.write(leader, b"n\n" if "first" in text else b"\x04")

        operator = TerminalOperator(follower, show, around)

        async def main():
            assert await operator.ask("first?") == Answer("declined", "n")
            assert await operator.ask("second?") == Answer("declined", "end of input")

        asyncio.run(asyncio.wait_for(main(), 30))
        assert inside[0] == "in" and inside[1].startswith("first?") and inside[2] == "out"
    finally:
        os.close(leader)
        os.close(follower)
