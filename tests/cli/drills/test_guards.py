"""Each guard of drills, tried through its command: exit code 8 and its sentence; and what takes a sign-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from evidence.drills.events import Missed
from evidence.identity.interface import Identity
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.recording import record
from tests.cli.drills.place import BO, CY, JOB, LOSS, NAME, SECOND, USABLE, Place, Places, as_
from tests.fakes.bench import NIGHT, RAW, at
from tests.fakes.certificates import trade
from tests.fakes.issuer import CLIENT, TENANT

# Guards, each with its sentence and exit code 8.


@dataclass(frozen=True)
class Before:
    """What was done before: a step, after another."""

    name: str
    step: Callable[[Place], object]
    after: Before | None = None


def miss(place: Place) -> None:
    place.bench.clock.reach(at(NIGHT, 24 * 12))
    record(place.bench.parts, Missed(NAME, place.bench.clock.now(), None))


NOTHING = Before("nothing", lambda place: place.plan(NAME))
FACTS = Before("facts", Place.facts, NOTHING)
FAILED_CHECK = Before("failed", lambda place: place.check("row_count", result="failed"), FACTS)
HANDED_IN = Before("handed in", Place.hand_in, FACTS)
ACCEPTED = Before("accepted", Place.sign, HANDED_IN)
REJECTED = Before("rejected", lambda place: place.sign("rejected", "one table is missing"), HANDED_IN)
MISSED = Before("missed", miss, NOTHING)
RETESTED = Before("retested", lambda place: place.plan(SECOND, retest_of=NAME), REJECTED)


Stores = dict[str, Path]


@pytest.fixture(scope="module")
def stores() -> Stores:
    """Stores in which something was done before, each made once."""
    return {}


def prepared(before: Before, stores: Stores, sealed: Path, folder: Path, places: Places) -> Path:
    """A store in which it was done; nobody writes to it any more."""
    if before.name not in stores:
        first = sealed if before.after is None else prepared(before.after, stores, sealed, folder, places)
        made = places(first, folder / before.name)
        before.step(made)
        stores[before.name] = made.config.parent / "evidence-store"
    return stores[before.name]


HASH = "ab" * 32
VALID = ("--kind", "boot", "--expected", "up", "--actual", "up", "--result", "passed")
GUARDS: list[tuple[str, Before, tuple[object, ...], str]] = [
    ("unknown", NOTHING, ("cancel", "DR-9", "--reason", "x", *as_()), "No drill DR-9 is known."),
    ("unknown-shown", NOTHING, ("show", "DR-9"), "No drill DR-9 is known."),
    ("submit-planned", NOTHING, ("submit", NAME, "--hash", HASH, *as_()), "it is planned, and only a validated drill is handed in"),
    ("submit-service", FACTS, ("submit", NAME, "--hash", HASH, *as_(), "--service"), "a service principal never hands in a record"),
    ("submit-changed", FACTS, ("submit", NAME, "--hash", HASH, *as_()), "the record changed after it was read"),
    ("cancel-in-review", HANDED_IN, ("cancel", NAME, "--reason", "x", *as_()), "it is in_review, and cannot be called off"),
    ("cancel-service", NOTHING, ("cancel", NAME, "--reason", "x", *as_(), "--service"), "a service principal never calls off"),
    ("cancel-reason", NOTHING, ("cancel", NAME, "--reason", " ", *as_()), "calling it off needs a reason"),
    ("waive-executed", FACTS, ("waive", NAME, "--reason", "x", "--until", "2027-01-31"), "only a planned or missed drill is waived"),
    ("waive-reason", NOTHING, ("waive", NAME, "--reason", "", "--until", "2027-01-31"), "a waiver names its reason"),
    ("waive-over", NOTHING, ("waive", NAME, "--reason", "x", "--until", "2026-11-01"), "a waiver ends on a later day"),
    ("waive-unsigned", NOTHING, ("waive", NAME, "--reason", "x", "--until", "2027-01-31"), "needs a person at a terminal"),
    ("waive-missed-unsigned", MISSED, ("waive", NAME, "--reason", "x", "--until", "2027-01-31"), "needs a person at a terminal"),
    ("missed-linked", MISSED, ("submit", NAME, "--hash", HASH, *as_()), "it is missed"),
    ("supersede-open", NOTHING, ("supersede", NAME, SECOND, "--reason", "x", *as_()), "only a decided drill that stands is superseded"),
    ("supersede-itself", ACCEPTED, ("supersede", NAME, NAME, "--reason", "x", *as_()), "needs another drill that exists"),
    ("supersede-unknown", ACCEPTED, ("supersede", NAME, "DR-9", "--reason", "x", *as_()), "needs another drill that exists"),
    ("supersede-service", ACCEPTED, ("supersede", NAME, SECOND, "--reason", "x", *as_(), "--service"), "a service principal never supersedes"),
    ("link-after", HANDED_IN, ("link", NAME, JOB, *as_()), "A fact cannot be added while it is in_review"),
    ("validate-after", ACCEPTED, ("validate", NAME, *VALID, *as_()), "A fact cannot be added while it is accepted"),
    ("times-after", ACCEPTED, ("times", NAME, "--usable", LOSS.isoformat(), *as_()), "A fact cannot be added while it is accepted"),
    ("link-retest", RETESTED, ("link", SECOND, JOB, *as_()), f"is that of {NAME}"),
    ("times-future", NOTHING, ("times", NAME, "--usable", "2030-01-01T00:00:00Z", *as_()), "a stated moment lies in the future"),
    ("times-order", NOTHING, ("times", NAME, "--declared-loss", USABLE.isoformat(), "--usable", LOSS.isoformat(), *as_()), "usable before its loss was declared"),
    ("times-why", NOTHING, ("times", NAME, "--no-rpo", " ", *as_()), "that no recovery point objective applies needs a reason"),
    ("validate-artefact", NOTHING, ("validate", NAME, *VALID, "--artefact", HASH, *as_()), "names artefacts that are not attached"),
    ("deviation-unknown", NOTHING, ("deviation", NAME, "rto_missed:x", "--owner", "dba", *as_()), "deviation rto_missed:x is not there"),
    ("deviation-service", NOTHING, ("deviation", NAME, "--cause", "late", *as_(), "--service"), "a service principal never records deviations"),
    ("deviation-review", HANDED_IN, ("deviation", NAME, "--cause", "late", *as_()), "a deviation cannot be changed while it is in_review"),
    ("deviation-accepted", ACCEPTED, ("deviation", NAME, "--cause", "late", *as_()), "a deviation cannot be changed while it is accepted"),
    ("deviation-closed", FAILED_CHECK, ("deviation", NAME, "validation_failed:row_count", "--action", "none", "--close", *as_()), "a retest closes it, no word does"),
    ("deviation-no-action", NOTHING, ("deviation", NAME, "--cause", "late", "--close", *as_()), "is closed only with an action"),
    ("clean-up-future", NOTHING, ("clean-up", NAME, "--known-by", "x", "--gone-at", "2030-01-01T00:00:00Z", *as_()), "lies in the future"),
    ("clean-up-how", NOTHING, ("clean-up", NAME, "--known-by", " ", *as_()), "needs how it is known"),
    ("clean-up-machine", NOTHING, ("clean-up", NAME, "--known-by", "resource_graph", *as_()), "not told by a person"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "words", "sentence"), [one[1:] for one in GUARDS], ids=[one[0] for one in GUARDS])
def test_a_guard_refuses_with_its_sentence_and_leaves_nothing(
    before: Before,
    words: tuple[object, ...],
    sentence: str,
    stores: Stores,
    sealed: Path,
    places: Places,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    store = prepared(before, stores, sealed, tmp_path_factory.mktemp("before"), places)
    place = places(store, tmp_path)
    size = len(Ledger(place.bench.store).entries())
    told = place(*words, code=8)
    assert sentence in " ".join(told.split())
    assert len(Ledger(place.bench.store).entries()) == size


# Waiving takes a sign-in, which is tried on its own way in `test_drills_sign`.


@pytest.fixture
def at_desk(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Cy sits at a terminal and signs in; a key to sign with is there."""
    folder = place.config.parent
    (folder / "signer.key").write_bytes(trade().signer.key_pem)
    (folder / "signer.key").chmod(0o600)
    (folder / "signer.pem").write_bytes(trade().signer.pem + trade().issuing.pem)
    signing = "signing: {kind: file, key: signer.key, certificate: signer.pem}\n"
    sign_in = f"sign_in: {{tenant: {TENANT}, client_id: {CLIENT}, reviewers: {{all: [{CY}]}}}}\n"
    place.config.write_bytes(RAW + signing.encode() + sign_in.encode())
    found = Identity("https://issuer.example", place.tenant, CY, at(NIGHT, 71), ("pwd", "mfa"), "Cy Example", None)
    monkeypatch.setattr("cli.signing_in.at_terminal", lambda: True)
    monkeypatch.setattr("cli.signing_in.signed_in", lambda *_, **__: found)
    return place


def test_a_waiver_is_signed_by_the_person_who_signed_in(at_desk: Place) -> None:
    words = ("waive", NAME, "--reason", "Replaced in December", "--until", "2027-01-31")
    (row,) = at_desk(*words)["data"]
    assert (row["state"], row["who"], row["object_id"], row["grade"]) == ("waived", "Cy Example", CY, "B")
    waiver = at_desk.drill().waiver
    assert waiver is not None
    assert (waiver.reason, str(waiver.until), waiver.by.object_id) == ("Replaced in December", "2027-01-31", CY)
    (proof,) = at_desk("certificates", NAME)["data"]
    assert (proof["decision"], proof["object_id"]) == ("waived", CY)
    assert at_desk(*words)["data"][0]["recorded"] == "before"


def test_whoever_holds_no_role_waives_nothing(at_desk: Place) -> None:
    at_desk.config.write_bytes(at_desk.config.read_bytes().replace(CY.encode(), BO.encode()))
    told = at_desk("waive", NAME, "--reason", "x", "--until", "2027-01-31", code=8)
    assert "is no reviewer of its scope" in " ".join(told.split())
    assert at_desk.drill().state == "planned"
