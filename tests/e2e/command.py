"""The command, called in this process on one configuration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner, Result

from cli.main import app


@dataclass(frozen=True)
class Command:
    """Runs `backup-evidence` on one configuration."""

    folder: Path
    url: str

    def __call__(self, *words: str) -> tuple[int, list[dict[str, object]]]:
        """Exit code and rows; any other end than 0 or 4 fails the test."""
        done = self.ended(*words)
        assert done.exit_code in {0, 4}, done.stderr
        return done.exit_code, json.loads(done.stdout)["data"]

    def ended(self, *words: str) -> Result:
        """However it ends."""
        environment = {
            "IDENTITY_ENDPOINT": f"{self.url}/msi/token",
            "IDENTITY_HEADER": "test",
            "BACKUP_EVIDENCE_CONFIG": str(self.folder / "evidence.yaml"),
            "DAGSTER_DISABLE_TELEMETRY": "1",
        }
        return CliRunner(env=environment).invoke(app, [*words, "-o", "json"], catch_exceptions=False)
