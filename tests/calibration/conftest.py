"""Bench files of one's own, beside which a calibration can lie."""

import re
from pathlib import Path

import pytest

from controller.config.find import shipped


@pytest.fixture
def my_bench(tmp_path: Path):
    """Makes a copy of a shipped bench: `my_bench("virtual", aop_mmHg="offset = 4.0")` adds to the sensor of a channel."""

    def make(base: str = "virtual", actuator: str | None = None, **sensors: str) -> Path:
        text = (shipped() / "benches" / f"{base}.toml").read_text(encoding="utf-8")
        text = text.replace(f'name = "{base}"', 'name = "mine"', 1)
        for channel, words in sensors.items():
            text, count = re.subn(
                rf"(\[inputs\.{channel}\][^\[]*(?:\[[^\]]*\][^\[]*?)*?sensor = \{{ )", rf"\g<1>{words}, ", text, count=1
            )
            assert count == 1
        if actuator is not None:
            text = text.replace("actuator = { delay_ms = 8, lag_ms = 4 }", f"actuator = {{ {actuator} }}")
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return make
