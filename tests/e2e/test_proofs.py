"""From a night with the authority down to an auditor who holds nothing but what was handed over, with the simulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.scene import scene

NIGHT = "2026-11-03"


@pytest.mark.slow
def test_a_night_is_stamped_later_checkpointed_published_and_proven(tmp_path: Path) -> None:
    with scene(tmp_path) as home:
        home.configure("checkpoint: {publish: {auditor: {kind: local, path: outside}}}")
        with home.faults({"path": "/tsa", "method": "POST", "status": 503}):
            night = home("run", "--night", NIGHT, code=(0, 4))
            assert home("timestamp", "retry", "--all", code=6).data == []
        (pack,) = (row["pack"] for row in night.data)
        (stamped,) = home("timestamp", "retry", "--all").data
        assert (stamped["pack"], stamped["state"]) == (pack, "stamped")
        (made,) = home("checkpoint", "make").data
        assert made["time_stamp"] == "inside"
        assert home("checkpoint", "publish").data[0]["state"] == "sent"
        assert home("checkpoint", "verify", "--outside").meta["failed"] == 0
        (fetched,) = home("pack", "fetch", pack, "--to", tmp_path / "out").data
        (stamp,) = home("timestamp", "fetch", pack, "--to", tmp_path / "out").data
        (proof,) = home("checkpoint", "prove", pack, "--to", tmp_path / "out").data
        assert proof["state"] == "sealed"
        trust = ["--trust", home.folder / "trust" / "root.pem", "--tsa-trust", home.stamp_root()]
        words = ["--stamp", stamp["file"], "--checkpoint", proof["checkpoint"], "--proof", proof["proof"]]
        told = home("verify", fetched["file"], *trust, *words)
        found = {row["check"]: row["state"] for row in told.data}
        assert found["later time stamp"] == found["inclusion"] == found["renewal"] == "ok"
        assert "LATER than the sealing" in told.stderr
        outside = next((home.folder / "outside").rglob("checkpoint.json"))
        assert home("checkpoint", "verify", outside, *trust).meta["authentic"] is True
        assert home("status", code=(0, 4)).meta["orphans"] == []
