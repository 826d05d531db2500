"""The example of docs/devices.md is a device: it is checked, fitted and pumps."""

import re
from pathlib import Path

from controller.config.experiment import load_device, load_experiment
from controller.simulation import settle

DOCS = Path(__file__).parents[2] / "docs" / "devices.md"


def test_the_balloon_of_the_docs_is_checked_fitted_and_pumps(tmp_path, monkeypatch):
    text = re.search(r"```toml\n(.*?)```", DOCS.read_text(), re.DOTALL).group(1)
    folder = tmp_path / "configs" / "devices"
    folder.mkdir(parents=True)
    (folder / "iabp-45.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert load_device("iabp-45").balloon.nominal_mL == 45.0
    experiment = load_experiment(patient="cardiogenic-shock", sets=["iabp.enabled=on", "iabp.balloon_mL=45"])
    assert experiment.balloon is not None and experiment.balloon.name == "iabp-45"
    found = settle(experiment, settle_s=18.0, beats=6)
    assert 42.0 < found.window.values["iabp_volume_mL"] < 47.0
