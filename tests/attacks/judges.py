"""Everybody's tools as judges of an unpacked pack, with the commands that HOW-TO-VERIFY.txt prints.

Not here: our own `verify`. Invariant: a judge says that a pack is not what was sealed, or that it sees nothing wrong; it is asked for
itself alone, so that each column of the table of attacks tells what that tool can see.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.fakes.certificates import trade

TOOLS = ("openssl", "sha256sum", "pdfsig", "certutil", "diff")

_LISTED = "{ cut -c67- manifest-sha256.txt tagmanifest-sha256.txt; ls tagmanifest-sha256.txt*; } | LC_ALL=C sort"
_FOUND = "find . ! -type d | cut -c3- | LC_ALL=C sort"
_CMS = (
    "openssl cms -verify -binary -inform PEM -in tagmanifest-sha256.txt.p7s -content tagmanifest-sha256.txt"
    " -CAfile ../root.pem -purpose any -signer ../signer.pem -out ../signed"
)
_FINGERPRINT = "openssl x509 -in ../signer.pem -noout -fingerprint -sha256"
_STAMP = "openssl ts -verify -data tagmanifest-sha256.txt -in tagmanifest-sha256.txt.tsr -CAfile ../tsa-root.pem"


def openssl(folder: Path) -> bool:
    """Whether signature, fingerprint and time stamp do not hold."""
    told = _fingerprint(folder)
    return _run(_CMS, folder) is None or _run(_FINGERPRINT, folder) != told or _run(_STAMP, folder) is None


def sha256sum(folder: Path) -> bool:
    """Whether the files are not those of the lists."""
    if any(
        _run(f"sha256sum --strict --quiet -c {name}-sha256.txt", folder) is None for name in ("tagmanifest", "manifest")
    ):
        return True
    return _run(_LISTED, folder) != _run(_FOUND, folder)


def pdfsig(folder: Path) -> bool:
    """Whether the report is not signed as a whole by somebody whom the root knows."""
    trusted = folder.parent / "trusted"
    if not trusted.exists():
        trusted.mkdir()
        _run("certutil -N -d sql:../trusted --empty-password", folder)
        _run("certutil -A -d sql:../trusted -n evidence-root -t ,C, -i ../root.pem", folder)
    said = _run("pdfsig -nssdir sql:../trusted data/report.pdf", folder) or ""
    wanted = ("Total document signed", "Signature is Valid.", "Certificate is Trusted.")
    return not all(line in said for line in wanted)


JUDGES: Mapping[str, Callable[[Path], bool]] = {"openssl": openssl, "sha256sum": sha256sum, "pdfsig": pdfsig}
"""Each by name; true: it says that something is wrong."""


def bring(folder: Path) -> None:
    """Put what reached the auditor another way beside the pack's folder."""
    (folder / "root.pem").write_bytes(trade().root.pem)
    (folder / "tsa-root.pem").write_bytes(trade().stamp_root.pem)


def _fingerprint(folder: Path) -> str:
    (folder.parent / "told.pem").write_bytes(trade().signer.pem)
    said = _run("openssl x509 -in ../told.pem -noout -fingerprint -sha256", folder)
    assert said is not None
    return said


def _run(command: str, folder: Path) -> str | None:
    """What a command prints; None where it fails."""
    ran = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, errors="replace", check=False
    )
    return ran.stdout if ran.returncode == 0 else None
