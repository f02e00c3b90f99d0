"""Links in messages: the configured addresses with a problem's values filled in, each safely quoted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from evidence.notify.interface import Problem


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses with `{key}`, `{episode}`, `{class}`, `{item}`, `{vault}` and `{night}` to be filled in."""

    evidence: str | None = None
    runbook: str | None = None

    def evidence_of(self, problem: Problem | None, night: date | None = None) -> str | None:
        """Where a person sees the problem; None where no address is configured."""
        return _filled(self.evidence, problem, night)

    def runbook_of(self, problem: Problem) -> str | None:
        """What is to be done about it."""
        return _filled(self.runbook, problem, None)


def _filled(template: str | None, problem: Problem | None, night: date | None) -> str | None:
    if template is None:
        return None
    last = night or (problem.last_seen.date() if problem and problem.last_seen else None)
    told = {
        "key": problem.key if problem else "",
        "episode": str(problem.episode) if problem else "",
        "class": problem.class_ if problem else "",
        "item": (problem.item_key or problem.subject) if problem else "",
        "vault": problem.vault_name if problem else "",
        "night": str(last or ""),
    }
    return template.format(**{name: quote(value, safe="") for name, value in told.items()})
