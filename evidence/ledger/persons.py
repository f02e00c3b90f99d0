"""Who a person is, as far as the ledger knows: a name that was told, and the account of the operating system it was told under.

Not here: signing in, which proves an identity by claims. Invariant: an identity without claims is of grade C, a person's statement,
and is never shown without that being said.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from evidence.errors import ConfigurationError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.fields import Fields

VERSION = 1
"""Of the payloads that name persons; version 1 has no claims and no signature of the person."""
GRADE = "C"
SIGNED_VERSION = 2
"""Of payloads that hold the claims of a sign-in and the SHA-256 of the signed statement that their objects are."""
SIGNED_GRADE = "B"
UNPROVEN = "a person's statement, identity not proven by sign-in"
PROVEN = "a person who signed in, with a signed statement"
LONGEST_NAME = 200
LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Account:
    """An account of an operating system."""

    user: str
    uid: int
    host: str

    @property
    def sentence(self) -> str:
        """For people: `anna (uid 1000) on backup-01`."""
        return f"{self.user} (uid {self.uid}) on {self.host}"

    def told(self) -> dict[str, object]:
        """As payloads hold it; `claims` are those of a sign-in, of which version 1 has none."""
        return {"operating_system": {"user": self.user, "uid": self.uid, "host": self.host}, "claims": None}


def read_account(fields: Fields, key: str) -> Account:
    """The account in a payload; raises IntegrityError, also where it holds claims, which this version cannot check."""
    inner = Fields(f"{key} in {fields.where}", fields.mapping(key))
    inner.check_keys(frozenset({"operating_system", "claims"}))
    if inner.values["claims"] is not None:
        inner.refuse("it holds claims of a sign-in, which version 1 of these payloads does not have")
    system = Fields(f"operating_system in {inner.where}", inner.mapping("operating_system"))
    system.check_keys(frozenset({"user", "uid", "host"}))
    return Account(system.text("user"), system.whole("uid"), system.text("host"))


@dataclass(frozen=True, slots=True)
class Proven:
    """What a payload of version 2 tells of who decided."""

    account: Account
    claims: Mapping[str, object]
    statement_sha256: str
    """Of the signed statement that the entry names."""


def read_proven(fields: Fields, entry: LedgerEntry) -> Proven:
    """Claims and statement of a decision that a sign-in proves; raises IntegrityError where the entry names no such statement."""
    statement = fields.sha256("signature")
    if fields.text("grade") != SIGNED_GRADE:
        fields.refuse(f"a decision with claims is of grade {SIGNED_GRADE}")
    if not any(one.sha256 == statement for one in entry.objects):
        fields.refuse("the entry does not name the signed statement")
    identity = fields.mapping("identity")
    claims = Fields(f"claims in {fields.where}", Fields(f"identity in {fields.where}", identity).mapping("claims"))
    claims.text("tid"), claims.text("oid")
    account = read_account(Fields(fields.where, {"identity": {**identity, "claims": None}}), "identity")
    return Proven(account, claims.values, statement)


def told_person(account: Account, signed: tuple[Mapping[str, object], str] | None) -> dict[str, object]:
    """Version, identity, grade and signature of a payload; `signed` are the claims of a sign-in and the SHA-256 of the signed statement."""
    claims, statement = signed or (None, None)
    return {
        "v": VERSION if signed is None else SIGNED_VERSION,
        "identity": {**account.told(), "claims": None if claims is None else dict(claims)},
        "grade": GRADE if signed is None else SIGNED_GRADE,
        "signature": statement,
    }


def check_version(fields: Fields) -> None:
    """Raise IntegrityError for a payload of another version."""
    if fields.whole("v") != VERSION:
        fields.refuse(f"it is of version {fields.values['v']}, and this program reads version {VERSION}")


def is_signed(fields: Fields) -> bool:
    """Whether a payload is of the version that a sign-in proves; raises IntegrityError for a version that is neither."""
    if fields.whole("v") not in {VERSION, SIGNED_VERSION}:
        fields.refuse(f"it is of version {fields.values['v']}, and this program reads versions 1 and {SIGNED_VERSION}")
    return fields.whole("v") == SIGNED_VERSION


def checked_name(text: str, what: str) -> str:
    """A person's name on one line; raises ConfigurationError for control characters, blanks around it or too many."""
    if not text.strip() or text != text.strip() or len(text) > LONGEST_NAME or not text.isprintable():
        raise ConfigurationError(
            f"{what} is no name: 1 to {LONGEST_NAME} printable characters on one line, no blanks around them.",
            next_step="Write it as the person signs, such as 'Ada Example, internal audit'.",
        )
    return unicodedata.normalize("NFC", text)


def checked_text(text: str, what: str) -> str:
    """A remark, lines allowed; raises ConfigurationError for control characters or too many."""
    if not text.strip() or len(text) > LONGEST_TEXT or not all(line.isprintable() for line in text.split("\n")):
        raise ConfigurationError(f"{what} must be 1 to {LONGEST_TEXT} printable characters; lines are allowed.")
    return unicodedata.normalize("NFC", text.strip())


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for case, blanks and forms of letters."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
