"""docs/verify-by-hand.md: the commands about checkpoints, run exactly as they are printed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from evidence.packs.checkpoints.prove import prove_pack
from tests.fakes.certificates import trade
from tests.fakes.tools import needs
from tests.packs.checkpoints.desk import archive, desk, handed, make, more, night_packs
from tests.paths import ROOT


def printed() -> list[str]:
    text = (ROOT / "docs" / "verify-by-hand.md").read_text()
    section = text.partition("## A pack in a checkpoint")[2]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)[:3]


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-euc", script], cwd=folder, capture_output=True, text=True, check=False)


@needs("bash", "jq", "xxd", "openssl")
def test_the_commands_as_printed(tmp_path: Path) -> None:
    bench = desk()
    pack = night_packs(bench)[0]
    folder = tmp_path / "here"
    handed(bench, make(bench), folder)
    proof = prove_pack(bench.parts, pack.pack_id).proof
    assert proof is not None
    (folder / "proof.json").write_bytes(proof)
    (tmp_path / "root.pem").write_bytes(trade().root.pem)
    (tmp_path / "tsa-root.pem").write_bytes(trade().stamp_root.pem)
    subprocess.run(["unzip", "-qj", archive(bench, pack, tmp_path), "*/tagmanifest-sha256.txt"], cwd=folder, check=True)
    seals, way_up, _ = printed()
    done = run(seals, folder)
    assert done.returncode == 0, done.stderr
    assert "sha256 Fingerprint=" in done.stdout
    assert "Verification: OK" in done.stdout
    done = run(way_up, folder)
    assert done.stdout.splitlines() == ["the checkpoint covers this entry", "the entry names this pack"], done.stderr
    (folder / "tagmanifest-sha256.txt").write_bytes(b"edited")
    assert run(way_up, folder).stdout.splitlines() == ["the checkpoint covers this entry"]
    (folder / "proof.json").write_bytes(proof.replace(b"tester", b"jester"))
    assert "covers" not in run(way_up, folder).stdout


@needs("bash", "jq", "xxd", "openssl", "unzip")
def test_a_pack_by_the_next_one_as_printed(tmp_path: Path) -> None:
    bench = desk()
    pack = night_packs(bench)[1]
    make(bench)
    following = more(bench)
    for one in (pack, following):
        subprocess.run(["unzip", "-q", archive(bench, one, tmp_path)], cwd=tmp_path, check=True)
    (tmp_path / "root.pem").write_bytes(trade().root.pem)
    (tmp_path / "tsa-root.pem").write_bytes(trade().stamp_root.pem)
    seals, way_up, copying = printed()
    script = copying.replace("NEXT-PACK", following.pack_id).replace("PACK", pack.pack_id)
    done = run(script + seals + way_up, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Verification: OK" in done.stdout
    assert done.stdout.splitlines()[-2:] == ["the checkpoint covers this entry", "the entry names this pack"]
