"""The report as a PDF: every page of it, its words and pictures, and what is said where the extra is missing."""

import re
import shutil
import subprocess
import zlib

import pytest
from typer.testing import CliRunner

from controller.cli.app import app
from controller.report import pdf, write_report
from controller.report.pdf import NoPdf, write_pdf

weasyprint = pytest.importorskip("weasyprint")


@pytest.fixture(scope="module")
def printed(make_folder, tmp_path_factory):
    """A report and its PDF."""
    html = write_report(make_folder(tmp_path_factory.mktemp("pdf") / "run").write())
    return html, write_pdf(html)


def text_of(path):
    """Text of a PDF, by poppler."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True, timeout=60).stdout


def test_a_pdf_beside_its_page(printed):
    html, path = printed
    assert path == html.with_suffix(".pdf") and path.read_bytes().startswith(b"%PDF-")
    assert not list(path.parent.glob("*.part"))


def test_its_words(printed):
    _, path = printed
    text = text_of(path)
    for words in (
        "PASS",
        "SIMULATED",
        "Steps compared",
        "All limits",
        "Alarms and deviations",
        "Appendix: all metrics",
        "A. Lindqvist",
    ):
        assert words in text
    pages = text.split("\f")[:-1]
    assert 3 <= len(pages) <= 15
    assert f"1 of {len(pages)}" in pages[0] and f"{len(pages)} of {len(pages)}" in pages[-1]
    sha = re.search(r"\b[0-9a-f]{64}\b", text)
    assert sha and all(f"SHA-256 {sha[0]}" in page for page in pages), "the hash of the data is on every page"
    assert all("Weaning" in page and "PASS" in page for page in pages)


def test_pictures_are_drawn_not_left_out(printed):
    """Waveforms of 6 s at 1 kHz are thousands of line segments; without them a page is a few hundred bytes of text."""
    data = printed[1].read_bytes()
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, flags=re.S)
    drawn = 0
    for stream in streams:
        try:
            drawn += len(re.findall(rb"[\d.]+ [\d.]+ l\b", zlib.decompress(stream)))
        except zlib.error:
            continue
    assert drawn > 2000


def test_nothing_is_fetched(tmp_path):
    """What a page names outside of itself is left out, and nobody is asked for it."""
    import http.server
    import threading

    asked = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *words):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    secret = tmp_path / "secret.css"
    secret.write_text("p { color: red }")
    page = tmp_path / "page.html"
    page.write_text(
        f'<link rel="stylesheet" href="file://{secret}"><img src="http://127.0.0.1:{server.server_port}/x.png"><p>words'
    )
    assert write_pdf(page).read_bytes().startswith(b"%PDF-")
    server.shutdown()
    server.server_close()
    assert asked == []


def test_command_writes_it_where_it_is_asked_for(make_folder, tmp_path):
    run = make_folder(tmp_path / "run").write()
    done = CliRunner().invoke(app, ["report", str(run), "--pdf"])
    assert done.exit_code == 0 and str(run / "report.pdf") in done.stdout
    assert (run / "report.pdf").exists()
    (run / "report.pdf").unlink()
    CliRunner().invoke(app, ["report", str(run), "--no-pdf"])
    assert not (run / "report.pdf").exists()


def test_missing_extra_is_named(printed, tmp_path, monkeypatch):
    html, _ = printed
    monkeypatch.setattr(pdf, "find_spec", lambda name: None)
    with pytest.raises(NoPdf, match=r"pip install 'mockloop\[pdf\]'"):
        write_pdf(html)
    monkeypatch.delenv("MOCKLOOP_PDF", raising=False)
    done = CliRunner().invoke(app, ["report", str(html.parent)])
    assert done.exit_code == 0 and "mockloop[pdf]" in done.stderr
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["run", "iabp-weaning", "--fast", "--pdf"])
    assert done.exit_code == 2 and "mockloop[pdf]" in done.stderr
    assert not list(tmp_path.iterdir()), "refused before anything is done"


def test_missing_pango_is_named(printed, monkeypatch):
    import builtins

    real = builtins.__import__

    def broken(name, *rest, **more):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(NoPdf, match=r"libpango-1\.0-0"):
        write_pdf(printed[0])
