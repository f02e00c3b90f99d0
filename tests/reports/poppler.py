"""What poppler's tools read in a PDF: nothing of ours judges our own output."""

from __future__ import annotations

import subprocess


def text(pdf: bytes, *options: str) -> str:
    return _run("pdftotext", *options, "-", "-", pdf=pdf)


def words(pdf: bytes) -> str:
    """All text with every run of white space as one space."""
    return " ".join(text(pdf).split())


def pages(pdf: bytes) -> list[str]:
    return text(pdf).split("\f")[:-1]


def info(pdf: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in _run("pdfinfo", "-", pdf=pdf).splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def metadata(pdf: bytes) -> str:
    return _run("pdfinfo", "-meta", "-", pdf=pdf)


def structure(pdf: bytes) -> str:
    return _run("pdfinfo", "-struct", "-", pdf=pdf)


def fonts(pdf: bytes) -> list[list[str]]:
    """Name, type, encoding, embedded, subset and ToUnicode of each font."""
    return [line.split() for line in _run("pdffonts", "-", pdf=pdf).splitlines()[2:]]


def _run(*command: str, pdf: bytes) -> str:
    done = subprocess.run(command, input=pdf, capture_output=True, check=True, timeout=60)
    return done.stdout.decode("utf-8")
