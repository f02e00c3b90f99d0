"""The process that lays out PDFs: limited, replaced when it fails, gone when it is not needed."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from reports import worker as module
from reports.errors import RenderError
from reports.renderer import ReportRenderer
from reports.worker import PdfWorker
from tests.reports.reports_made import report

PAGE = "<!DOCTYPE html><html lang=en><head><title>x</title></head><body><p>{}</p></body></html>"


@pytest.fixture(scope="module")
def worker() -> Iterator[PdfWorker]:
    made = PdfWorker()
    yield made
    made.close()


def process_of(worker: PdfWorker) -> int:
    process = worker._process
    assert process is not None
    return process.pid


def test_one_process_serves_many_reports_and_threads(worker: PdfWorker) -> None:
    made: dict[int, bytes] = {}
    threads = [threading.Thread(target=lambda n=n: made.update({n: worker.pdf(PAGE.format(n))})) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({made[number] for number in range(3)}) == 3
    first = process_of(worker)
    assert worker.pdf(PAGE.format(0)) == made[0]
    assert process_of(worker) == first


def test_the_process_of_a_long_report_is_ended_after_it(worker: PdfWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    short = worker.pdf(PAGE.format(0))
    kept = worker._process
    assert kept is not None
    monkeypatch.setattr("reports.worker.LONG_BYTES", len(PAGE.format(0)) + 10)
    assert worker.pdf(PAGE.format(0)) == short
    assert kept.poll() is None
    worker.pdf(PAGE.format("long " * 10))
    assert kept.poll() is not None
    assert worker._process is None
    assert worker.pdf(PAGE.format(0)) == short


def test_a_killed_process_is_told_and_replaced(worker: PdfWorker) -> None:
    before = worker.pdf(PAGE.format("x"))
    os.kill(process_of(worker), 9)
    process = worker._process
    assert process is not None
    process.wait()
    assert worker.pdf(PAGE.format("x")) == before


def test_an_interrupted_question_does_not_answer_the_next(worker: PdfWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    right = worker.pdf(PAGE.format("second"))

    def interrupted(*_: object) -> tuple[int, bytes]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "read_frame", interrupted)
        with pytest.raises(KeyboardInterrupt):
            worker.pdf(PAGE.format("first"))
    assert worker.pdf(PAGE.format("second")) == right


def test_what_takes_too_long_is_ended() -> None:
    slow = PdfWorker(longest_s=0.05)
    try:
        with pytest.raises(RenderError) as caught:
            slow.pdf(PAGE.format("x"))
        assert "0.05 s" in caught.value.cause
        assert caught.value.next_step
    finally:
        slow.close()


def test_what_weasyprint_complains_of_is_an_error_and_ends_nothing(worker: PdfWorker) -> None:
    with pytest.raises(RenderError, match="could not be laid out") as caught:
        worker.pdf(PAGE.format("<b style='colour: red'>x</b>"))
    assert "colour" in caught.value.cause
    first = process_of(worker)
    assert worker.pdf(PAGE.format("x")).startswith(b"%PDF-1.7")
    assert process_of(worker) == first


def test_a_renderer_uses_the_worker_it_is_given_and_closing_ends_it(worker: PdfWorker) -> None:
    assert ReportRenderer(worker).pdf(report()).startswith(b"%PDF-1.7")
    process = worker._process
    assert process is not None
    worker.close()
    assert process.poll() == 0


def test_the_process_gets_no_secret_of_ours(worker: PdfWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "secret")
    worker.pdf(PAGE.format("x"))
    with open(f"/proc/{process_of(worker)}/environ", "rb") as environment:  # noqa: PTH123
        names = {entry.split(b"=")[0].decode() for entry in environment.read().split(b"\0") if entry}
    assert "AZURE_CLIENT_SECRET" not in names
    assert names <= {
        *module._HANDED_ON,
        "FONTCONFIG_FILE",
        "LANG",
        "PYTHONHASHSEED",
        "PYTHONPATH",
        "SOURCE_DATE_EPOCH",
        "TZ",
    }
