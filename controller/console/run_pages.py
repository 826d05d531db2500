"""The addresses of stored runs: their list, summary and report, and what a replay needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import FileResponse

from controller.console import catalogue
from controller.console.stored import MOST_TICKS, Shelf
from controller.recording.reading import RecordingError

REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox"
FILES = {"summary": "summary.json", "report": "report.html"}
LAST_TICK = 1 << 48


def stored_runs(runs: Path) -> APIRouter:
    """Below ``/api/runs``. `runs`: the folder of the run folders."""
    router, shelf = APIRouter(), Shelf()

    def folder(run: str) -> Path:
        path = catalogue.run_folder(runs, run)
        if path is None:
            raise HTTPException(404, "no such run")
        return path

    @router.get("")
    def run_list() -> list[dict[str, Any]]:
        return catalogue.runs(runs)

    @router.get("/{run}/replay")
    def replay(run: str) -> dict[str, Any]:
        """Everything about the run but its samples."""
        try:
            return shelf.about(folder(run))
        except (RecordingError, FileNotFoundError) as error:
            raise HTTPException(409, str(error)) from None

    @router.get("/{run}/samples", response_class=Response)
    def samples(
        run: str, tick: Annotated[int, Query(ge=0, le=LAST_TICK)], ticks: Annotated[int, Query(ge=1, le=MOST_TICKS)] = 2000
    ) -> Response:
        """Blocks as in the stream (controller/console/block.py), one after the other; empty where nothing was recorded."""
        try:
            found = shelf.samples(folder(run), tick, ticks)
        except (RecordingError, FileNotFoundError) as error:
            raise HTTPException(409, str(error)) from None
        return Response(found, media_type="application/octet-stream", headers={"cache-control": "no-store"})

    @router.get("/{run}/{what}")
    def run_part(run: str, what: str) -> Response:
        path = catalogue.run_file(runs, run, FILES[what]) if what in FILES else None
        if path is None:
            raise HTTPException(404, "no such run, or it has no such file yet")
        policy = {"content-security-policy": REPORT_POLICY} if what == "report" else {}
        return FileResponse(path, headers={"cache-control": "no-store", **policy})

    return router
