"""Apprise as an extra: without it a failure that says so, with it one text; the library here is a stand-in with its documented calls."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import ModuleType

import pytest

from tests.notify.problems import ADVICE, message, owners
from tests.notify.sites import opened

URL = "slack://a-token/that-nobody/may-see"


@dataclass
class Sender:
    known: bool = True
    takes: bool = True
    told: list[dict[str, str]] = field(default_factory=list)

    def add(self, url: str) -> bool:
        return self.known and url == URL

    def notify(self, **told: str) -> bool:
        self.told.append(told)
        return self.takes


def installed(monkeypatch: pytest.MonkeyPatch, sender: Sender) -> None:
    library = ModuleType("apprise")
    library.Apprise = lambda: sender  # type: ignore[attr-defined]  # a module of our own making
    monkeypatch.setitem(sys.modules, "apprise", library)
    monkeypatch.setenv("APPRISE_URL", URL)


def sent(monkeypatch: pytest.MonkeyPatch, sender: Sender | None) -> tuple[bool, bool, str]:
    if sender is None:
        monkeypatch.setitem(sys.modules, "apprise", None)
    else:
        installed(monkeypatch, sender)
    done = opened({"kind": "apprise"}, "other")[0].send(message(channel="apprise"), owners().team("dba-eu"))
    assert URL not in repr(done)
    return done.ok, done.retry, done.status


def test_without_the_library_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ok, retry, status = sent(monkeypatch, None)
    assert (ok, retry) == (False, False)
    assert "pip install 'backup-evidence[apprise]'" in status


def test_one_plain_text_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    sender = Sender()
    assert sent(monkeypatch, sender) == (True, False, "sent")
    (told,) = sender.told
    assert told["body_format"] == "text"
    assert told["notify_type"] == "failure"
    assert ADVICE in told["body"]


@pytest.mark.parametrize(("sender", "retry"), [(Sender(known=False), False), (Sender(takes=False), True)])
def test_a_failure_is_told(monkeypatch: pytest.MonkeyPatch, sender: Sender, retry: bool) -> None:
    ok, again, _ = sent(monkeypatch, sender)
    assert (ok, again) == (False, retry)
