"""Where checkpoints are sent, as the configuration says it; what is wrong names its line, and no secret stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.compose import Composition
from evidence.errors import ConfigurationError
from evidence.packs.checkpoints.mail import MailTarget
from evidence.packs.checkpoints.open_target import variable_of
from evidence.packs.checkpoints.store_target import StoreTarget
from evidence.packs.checkpoints.webhook import WebhookTarget
from evidence.settings import load_configuration, parse_settings
from tests.fakes.bench import RAW

MAIL = "kind: mail, host: mail.example.com, from: evidence@example.com, to: audit@example.com"
HOOK = "kind: webhook, url: 'https://hooks.example.com/evidence'"
SECRET = "a secret of thirty-two bytes and more"


def text(*targets: str) -> bytes:
    lines = "".join(f"    t{number}: {{{one}}}\n" for number, one in enumerate(targets))
    return RAW + b"checkpoint:\n  publish:\n" + lines.encode()


def composed(folder: Path, *targets: str) -> Composition:
    (folder / "evidence.yaml").write_bytes(text(*targets))
    return Composition(load_configuration(folder / "evidence.yaml"))


def test_every_kind_of_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "words").write_text(f"{SECRET}\n")
    monkeypatch.setenv(variable_of("t2"), SECRET)
    monkeypatch.setenv(variable_of("t3"), SECRET)
    targets = composed(
        tmp_path,
        "kind: local, path: outside",
        f"{HOOK}, secret_file: words",
        HOOK,
        f"{MAIL}, user: evidence, port: 465, tls: implicit",
        MAIL.replace("audit@example.com", "[audit@example.com, archive@example.org]"),
    ).targets()
    assert [type(one) for one in targets] == [StoreTarget, WebhookTarget, WebhookTarget, MailTarget, MailTarget]
    first, second, third, fourth = targets[1:]
    assert isinstance(first, WebhookTarget)
    assert isinstance(second, WebhookTarget)
    assert first.secret == second.secret == SECRET.encode()
    assert isinstance(third, MailTarget)
    assert (third.tls, third.port, third.password) == ("implicit", 465, SECRET)
    assert isinstance(fourth, MailTarget)
    assert (fourth.tls, fourth.port, fourth.password) == ("starttls", 587, None)
    assert fourth.recipients == ("audit@example.com", "archive@example.org")
    assert all(SECRET not in repr(one) for one in targets)


@pytest.mark.parametrize(
    "target",
    [
        "kind: pigeon",
        MAIL.replace("audit@example.com", "audit"),
        MAIL.replace("audit@example.com", "[]"),
        MAIL.replace("audit@example.com", r'"a@example.com\nBcc: b@example.com"'),
        f"{MAIL}, password: words",
        f"{MAIL}, tls: none",
        f"{MAIL}, password_file: words",
        f"{MAIL}, port: 0",
        HOOK.replace("https", "http"),
        HOOK.replace("evidence", "evidence?token=words"),
        HOOK.replace("//", "//me:words@"),
        f"{HOOK}, secret: words",
    ],
)
def test_what_is_wrong_is_named_with_its_line(target: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_settings(text("kind: local, path: outside", target), "evidence.yaml")
    line = text().count(b"\n") + 2
    assert f"evidence.yaml:{line}: checkpoint.publish.t1" in error.value.cause


def test_a_secret_that_is_missing_is_an_error_before_anything_is_sent(tmp_path: Path) -> None:
    for target, said in (
        (HOOK, "is missing"),
        (f"{HOOK}, secret_file: none", "cannot be read"),
        (f"{MAIL}, user: evidence", "is missing"),
    ):
        with pytest.raises(ConfigurationError, match=said) as error:
            composed(tmp_path, target).targets()
        assert error.value.exit_code == 2
    assert variable_of("our-post") == "BACKUP_EVIDENCE_SECRET_OUR_POST"


def test_the_store_itself_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is the store itself"):
        composed(tmp_path, "kind: local, path: evidence-store").targets()
