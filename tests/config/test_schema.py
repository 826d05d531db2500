"""JSON schemas: there is one for every kind of file, and the shipped files use no key that they do not know."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from controller.config.check import kind_of
from controller.config.find import shipped
from controller.config.schema import schemas
from controller.config.source import read


@pytest.mark.parametrize("file", sorted(shipped().rglob("*.toml")), ids=lambda file: file.stem)
def test_schema_knows_the_keys_of_shipped_files(file: Any) -> None:
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    kind = kind_of(read(file))
    schema = schemas()[f"device-{tables['device']['kind']}" if kind == "device" else str(kind)]
    assert set(tables) <= set(schema["properties"])
    assert set(schema["required"]) <= set(tables)
    assert schema["additionalProperties"] is False
