"""The fitted patient as a patient file."""

from __future__ import annotations

import json
from pathlib import Path

from cext.tables.load import settings
from controller.fit.solve import Fitted


def text_of(found: Fitted, made_by: str) -> str:
    """The TOML text. made_by: who wrote it, for the description."""
    header = found.targets.fit
    tried = f"{found.evaluations} evaluations from {header.start} by {made_by}"
    about = " ".join(part for part in (header.description.strip(), f"Found by least squares, {tried}.") if part)
    lines = ["[patient]", f"name = {json.dumps(header.name)}", f"title = {json.dumps(header.title, ensure_ascii=False)}",
             f"description = {json.dumps(about, ensure_ascii=False)}", "must_show = ["]  # fmt: skip
    for residual in found.residuals:
        target = residual.target
        shown = "no value" if residual.shown is None else f"{residual.shown:.4g}"
        low, high = target.value - target.within, target.value + target.within
        lines.append(
            f'    {{ metric = "{target.metric}", low = {low:.6g}, high = {high:.6g}, '
            f"source = {json.dumps(target.source, ensure_ascii=False)} }},  # shows {shown}{'' if residual.met else ': MISSED'}"
        )
    lines += ["]", "", "[set]"]
    moved = {parameter.path: parameter for parameter in found.parameters}
    for path, value in found.values.items():
        if value == settings()[path].default:
            continue
        word = json.dumps(value) if isinstance(value, (bool, str)) else f"{float(value):.6g}"
        if "." not in word and "e" not in word and not isinstance(value, (bool, str)):
            word += ".0"
        note = ""
        if path in moved:
            error = moved[path].error
            note = f"  # from {moved[path].start:.4g}" + ("" if error is None else f", standard error {error:.2g}")
            note += ", at the bound of its range" if moved[path].at_bound else ""
            note += "" if moved[path].decided else ", not decided by the targets"
        lines.append(f"{path.removeprefix('patient.')} = {word}{note}")
    return "\n".join(lines) + "\n"


def write(found: Fitted, path: Path, made_by: str) -> None:
    """Writes the file; never over one that is there. Raises FileExistsError, OSError."""
    with path.open("x", encoding="utf-8") as file:
        file.write(text_of(found, made_by))
