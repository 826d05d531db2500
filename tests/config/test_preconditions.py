"""``[[precondition]]``: what has to be in force before a protocol starts."""

import pytest

from controller.config.errors import ConfigError
from controller.config.experiment import load_experiment

TEXT = """
[protocol]
name = "p"
title = "Weaning"
requires = ["patient-model"]

[[precondition]]
setting = "patient.dobutamine"
high = 0.0
why = "weaning is judged without an inotrope"

[[step]]
name = "rest"
hold_s = 5.0
"""


@pytest.fixture
def written(tmp_path):
    def write(text=TEXT):
        path = tmp_path / "p.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_met(written):
    assert load_experiment(written()).protocol.precondition[0].why.startswith("weaning")


def test_unmet_is_refused_with_the_reason_and_where_the_value_is_from(written):
    with pytest.raises(ConfigError) as caught:
        load_experiment(written(), sets=["patient.dobutamine=0.5"])
    text = str(caught.value)
    assert "p.toml:8:" in text
    assert "patient.dobutamine is 0.5 (--set); weaning is judged without an inotrope" in text
    assert "at most 0" in text


def test_of_the_protocol_itself(written):
    with pytest.raises(ConfigError, match=r"patient\.dobutamine is 1"):
        load_experiment(written(TEXT.replace("[[step]]", "[set]\npatient.dobutamine = 1.0\n\n[[step]]")))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("high = 0.0\n", "", "has no limit"),
        ("high = 0.0", "high = 0.0\nlow = 1.0", "nothing can meet both"),
        ("patient.dobutamine", "patient.dobutamin", "patient.dobutamine"),
        ("patient.dobutamine", "patient.rhythm", "is no number"),
        ('why = "weaning is judged without an inotrope"\n', "", "why"),
    ],
)
def test_mistakes(written, old, new, says):
    with pytest.raises(ConfigError, match=says):
        load_experiment(written(TEXT.replace(old, new)))


def test_a_bench_without_a_patient_model_asks_with_prompts(written):
    text = TEXT.replace('requires = ["patient-model"]', "requires = []")
    experiment = load_experiment(written(text), bench="usb-6001-monitor")
    assert experiment.protocol.precondition
