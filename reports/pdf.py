"""Lays out one HTML document as PDF/A-3a and gives its bytes; the only module that knows WeasyPrint.

Not here: what the document says (`html`), the process this runs in (`worker`). Invariant: equal documents give equal bytes,
and nothing is read but the fonts and styles shipped with `reports`: whatever address a value holds is refused.
"""

from __future__ import annotations

import hashlib
import logging
import resource
import sys
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from reports import fonts
from reports.errors import RenderError
from reports.fonts import Face
from reports.worker import MADE, REFUSED, read_frame, write_frame

STYLES = Path(__file__).parent / "styles" / "report.css"
FONT_SCHEME = "evidence-font:"
VARIANT = "pdf/a-3a"
MOST_BYTES = 4 << 30
"""Address space of the process; 1,000 printed rows take a quarter of a gigabyte."""


def pdf_bytes(html: str) -> bytes:
    """The document as tagged PDF/A-3a, unsigned.

    Raises RenderError where the document asks for anything that is not ours, or where it cannot be set as it should.
    """
    complaints = _Complaints()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(complaints)
    try:
        made = _written(html)
    except FatalURLFetchingError as error:
        raise RenderError("A report asks for a file or an address that is not ours.", cause=str(error)) from error
    finally:
        logger.removeHandler(complaints)
    if complaints.messages:
        raise RenderError("A report could not be set as it should.", cause="; ".join(complaints.messages))
    return made


def _written(html: str) -> bytes:
    faces = fonts.faces_for(html)
    fetcher = OwnFonts(faces)
    configuration = FontConfiguration()
    css = font_css(faces) + STYLES.read_text("utf-8")
    styles = CSS(string=css, font_config=configuration, url_fetcher=fetcher)
    document = HTML(string=html, url_fetcher=fetcher)
    identifier = hashlib.sha256((css + html).encode()).hexdigest()[:32].encode()
    made: bytes = document.write_pdf(
        font_config=configuration, stylesheets=[styles], pdf_variant=VARIANT, pdf_identifier=identifier
    )
    return made


def font_css(faces: tuple[Face, ...]) -> str:
    """The `@font-face` rules of these faces, and the two families that the styles name."""
    rules = [
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; font-style: {face.style};'
        f' src: url("{FONT_SCHEME}{face.file}"); }}'
        for face in faces
    ]
    names = {
        name: ", ".join(f'"{family}"' for family in fonts.families(first, faces))
        for name, first in (("sans", fonts.SANS), ("mono", fonts.MONO))
    }
    return "\n".join([*rules, f":root {{ --sans: {names['sans']}; --mono: {names['mono']}; }}", ""])


class OwnFonts(URLFetcher):  # type: ignore[misc]  # weasyprint ships no types
    """Gives the shipped fonts by name and refuses every other address, whatever its scheme."""

    def __init__(self, faces: tuple[Face, ...]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._files = {FONT_SCHEME + face.file: fonts.FOLDER / face.file for face in faces}

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:  # noqa: ARG002  # part of the signature
        """The bytes of a font of ours; anything else ends the rendering."""
        path = self._files.get(url)
        if path is None:
            raise FatalURLFetchingError(f"refused: {url[:200]}")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})


class _Complaints(logging.Handler):
    """Collects what WeasyPrint warns of: a rule or a glyph that it drops must not go unseen."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def serve() -> None:
    """Answer documents on stdin with PDFs on stdout until stdin ends; the other side is `worker`."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    sys.addaudithook(_refuse_network)
    while True:
        try:
            _, content = read_frame(sys.stdin.buffer)
        except EOFError:
            return
        try:
            outcome, answer = MADE, pdf_bytes(content.decode("utf-8"))
        except RenderError as error:
            outcome, answer = REFUSED, f"{error.message} {error.cause}".encode()
        except Exception as error:  # noqa: BLE001  # whatever breaks in the layout is told to who asked, and ends nothing else
            outcome, answer = REFUSED, f"{type(error).__name__}: {error}".encode()
        write_frame(sys.stdout.buffer, outcome, answer)


def _refuse_network(event: str, _: tuple[object, ...]) -> None:
    """A second wall behind `OwnFonts`: this process opens no socket and starts no program."""
    if event in {"socket.__new__", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"}:
        raise PermissionError(f"refused while a report is laid out: {event}")


if __name__ == "__main__":
    serve()
