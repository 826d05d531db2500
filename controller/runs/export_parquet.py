"""A run as Parquet files, for pandas, Polars, DuckDB and Spark: units and descriptions in the metadata of each column."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from controller.recording.newborn import newborn
from controller.runs.events import KEYS
from controller.runs.export_source import ExportSource
from controller.runs.stretches import Column, Values


def write(source: ExportSource, target: Path) -> list[Path]:
    """frames.parquet (a row group a stretch), beats.parquet, events.parquet. Raises OSError where they cannot be written."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = source.columns
    fields = [pa.field(c.name, _type(pa, c, source.dtype), metadata=_words(c.unit, c.description)) for c in columns]
    schema = pa.schema(fields, metadata={"mockloop": json.dumps(source.attributes)})
    with newborn(target / "frames.parquet") as path, pq.ParquetWriter(path, schema) as writer:
        for rows in source.walk():
            writer.write_table(pa.Table.from_arrays(list(_arrays(pa, columns, rows)), schema=schema))
    beats = source.beats
    names = list(beats.dtype.names or ())
    beat_fields = [
        pa.field(name, pa.from_numpy_dtype(beats.dtype[name]), metadata=_words(source.beat_units.get(name, ""), ""))
        for name in names
    ]
    with newborn(target / "beats.parquet") as path:
        pq.write_table(pa.Table.from_arrays([pa.array(beats[name]) for name in names], schema=pa.schema(beat_fields)), path)
    with newborn(target / "events.parquet") as path:
        pq.write_table(pa.table({key: [_plain(key, event[key]) for event in source.events] for key in KEYS}), path)
    return [target / name for name in ("frames.parquet", "beats.parquet", "events.parquet")]


def _type(pa: Any, column: Column, dtype: np.dtype[Any]) -> Any:
    return pa.from_numpy_dtype(dtype[column.stored.field].base)


def _arrays(pa: Any, columns: list[Column], rows: Values) -> Iterator[Any]:
    """Integers that are missing become nulls; NaN stays NaN, as it was recorded."""
    for column in columns:
        values = np.ascontiguousarray(column.of(rows))
        yield pa.array(values, mask=values == column.missing if column.missing is not None else None)


def _words(unit: str, description: str) -> dict[str, str]:
    return {"unit": unit, "description": description}


def _plain(key: str, value: object) -> object:
    if key == "data":
        return json.dumps(value)
    return float(str(value)) if key in ("t_s", "epoch_s") else value
