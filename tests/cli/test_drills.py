"""`backup-evidence drills`, on a store with one restore of a sealed night: a drill's way, and each guard by its sentence."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import Result

from evidence.drills.events import DrillPlanned, Missed
from evidence.drills.rules import needs_of
from evidence.drills.spelling import record_of, record_sha256
from evidence.drills.values import Drill, Person, Planned
from evidence.identity.interface import Identity
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.book import read_book
from evidence.runs.drills.recording import record
from evidence.stores.directory import DirectoryStore
from evidence.tables import RESTORE_JOBS
from tests.cli.conftest import Command
from tests.drills.making import reviewed
from tests.fakes.bench import NIGHT, RAW, Bench, at, backup, restore
from tests.fakes.certificates import trade
from tests.fakes.issuer import CLIENT, TENANT
from tests.fakes.signed_in import SignedIn

NAME, SECOND = "DR-2026Q4-0001", "DR-2026Q4-0002"
ADA, BO, CY = (f"33333333-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
LOSS, USABLE = at(NIGHT, 22.5), at(NIGHT, 25)
ROWS = b"table,rows\norders,1204311\n"
BAG = {
    "Job Type": "Recover disks",
    "Recovery point time ": f"{at(NIGHT, 22.01):%m/%d/%Y %H:%M:%S}",
    "Target resource group": "rg-drill-weu",
    "Target Storage Account Name": "stdrill",
}


def as_(number: str = ADA, name: str = "Ada Example") -> tuple[str, ...]:
    return ("--by", name, "--object-id", number)


@dataclass
class Place:
    """A store that may be written to, with a drill planned for the item that was restored."""

    config: Path
    bench: Bench
    command: Command

    def __call__(self, *words: object, code: int = 0) -> Any:
        """Run `drills …`; gives what JSON told, or the lines on stderr where it was refused."""
        found = self.run(*words, form="json")
        assert found.exit_code == code, found.stderr
        return json.loads(found.stdout) if code == 0 else found.stderr

    def run(self, *words: object, form: str = "table") -> Result:
        """Run `drills …` and take what comes."""
        return self.command("drills", *words, "-c", self.config, "-o", form)

    def plan(self, drill_id: str, **changes: object) -> None:
        (job,) = {(row["vault_id"], row["item_key"]) for row in self.bench.rows(RESTORE_JOBS)}
        made = Planned(
            drill_id=drill_id,
            quarter="2026Q4",
            item_key=str(job[1]),
            vault_id=str(job[0]),
            subject="vm1",
            workload="VM",
            tier=0,
            application="payments",
            drill_type="vm_disks",
            window_start=at(NIGHT, 0),
            window_end=at(NIGHT, 48),
            reason="tier 0: each item each quarter",
            rto=timedelta(hours=4),
            rpo=timedelta(hours=24),
            needs=needs_of(0),
            grace=timedelta(days=7),
        )
        by = Person(self.tenant, CY, "Cy Example")
        record(self.bench.parts, DrillPlanned(replace(made, **changes), self.bench.clock.now(), by))  # type: ignore[arg-type]  # its own fields

    @property
    def tenant(self) -> str:
        return str(Ledger(self.bench.store).entries()[0].payload["tenant"])

    def drill(self, drill_id: str = NAME) -> Drill:
        """By the ledger alone."""
        return read_book(Ledger(self.bench.store).entries()).drills[drill_id]

    def facts(self, *, count: bool = True) -> None:
        """Everything up to `validated`."""
        self("link", NAME, JOB, *as_(), "--initiator", "Bo Example", "--initiator-id", BO)
        self("times", NAME, "--declared-loss", LOSS.isoformat(), "--usable", USABLE.isoformat(), *as_())
        if count:
            self.check("row_count")
        self.check("application")

    def check(self, kind: str, *words: object, code: int = 0, result: str = "passed", by: str = BO) -> Any:
        told = ("--kind", kind, "--expected", "1204311", "--actual", "1204311", "--result", result)
        return self("validate", NAME, *told, *as_(by, "Bo Example"), *words, code=code)

    def hand_in(self, code: int = 0) -> Any:
        return self("submit", NAME, "--hash", record_sha256(self.drill()), *as_(), code=code)

    def sign(self, decision: str = "accepted", comment: str = "") -> None:
        """As somebody who signed in; how one signs in is tried elsewhere."""
        by = Person(self.tenant, CY, "Cy Example")
        event = replace(reviewed(self.drill(), decision, by, comment), at=self.bench.clock.now())
        record(self.bench.parts, event, sign_in=SignedIn(by))


JOB = f"restore-v1-vm1-{NIGHT}"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One night with a restore into a resource group for drills."""
    folder = tmp_path_factory.mktemp("drills")
    bench = Bench(store=DirectoryStore(folder))
    vault = bench.vault()
    backup(vault)
    restore(vault, NIGHT, NIGHT, properties={"extendedInfo": {"propertyBag": BAG}})
    bench.run(NIGHT)
    return folder


@pytest.fixture(autouse=True)
def made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tree of all commands takes longer to make than a command to run."""
    monkeypatch.setattr("typer.testing._get_command", MADE_ONCE)


MADE_ONCE = functools.cache(get_command)
Places = Callable[[Path, Path], Place]


@pytest.fixture
def places(command: Command, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Gives a copy of a store of the module, in which the clock stands after all that was done."""

    def copy(store: Path, target: Path) -> Place:
        shutil.copytree(store, target / "evidence-store")
        (target / "evidence.yaml").write_bytes(RAW)
        bench = Bench(store=DirectoryStore(target / "evidence-store"))
        bench.clock.reach(max(at(NIGHT, 72), *(one.at for one in Ledger(bench.store).entries())))
        monkeypatch.setattr("evidence.compose.SystemClock", lambda: bench.clock)
        return Place(target / "evidence.yaml", bench, command)

    return copy


@pytest.fixture
def place(sealed: Path, tmp_path: Path, places: Places) -> Place:
    """A planned drill."""
    made = places(sealed, tmp_path)
    made.plan(NAME)
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "counts.csv").write_bytes(ROWS)
    return tmp_path / "counts.csv"


def test_a_drill_goes_its_way_by_commands_alone(place: Place, file: Path) -> None:
    assert place.drill().state == "planned"
    linked = place("link", NAME, JOB, *as_(), "--initiator", "Bo Example", "--initiator-id", BO)["data"][0]
    assert (linked["state"], linked["grade"], linked["recorded"]) == ("evidence_linked", "C", "now")
    (one,) = place.drill().executions
    assert (one.link, one.recovery_point_at, one.location_type) == ("exact", at(NIGHT, 22.01), "alternate")
    assert (one.target.resource_group, one.started_at) == ("rg-drill-weu", at(NIGHT, 23))
    place("times", NAME, "--declared-loss", LOSS.isoformat(), *as_())
    place("times", NAME, "--usable", USABLE.isoformat(), *as_())
    sha256 = hashlib.sha256(ROWS).hexdigest()
    place("attach", NAME, file, *as_(BO, "Bo Example"))
    place.check("row_count", "--artefact", sha256)
    assert place.check("application")["data"][0]["state"] == "validated"
    assert [str(check.grade) for check in place.drill().validations] == ["B", "C"]
    assert place.hand_in()["data"][0]["state"] == "in_review"
    place.sign()
    place("clean-up", NAME, "--known-by", "resource group deleted", *as_())
    assert place.drill().state == "accepted"
    assert (place.bench.store.read(f"drills/{NAME}/{sha256}")) == ROWS


def test_each_command_run_again_adds_nothing(place: Place, file: Path) -> None:
    commands: list[tuple[object, ...]] = [
        ("link", NAME, JOB, *as_(), "--initiator", "Bo Example", "--initiator-id", BO),
        ("times", NAME, "--declared-loss", LOSS.isoformat(), "--usable", USABLE.isoformat(), *as_()),
        ("attach", NAME, file, *as_()),
        ("validate", NAME, "--kind", "boot", "--expected", "up", "--actual", "up", "--result", "passed", *as_()),
        ("deviation", NAME, "--cause", "The runbook names a host that is gone", "--owner", "dba-eu", *as_()),
        ("clean-up", NAME, "--known-by", "by hand", *as_()),
        ("cancel", NAME, "--reason", "not now", *as_()),
    ]
    for words in commands:
        size = len(Ledger(place.bench.store).entries())
        first, again = place(*words)["data"][0], place(*words)["data"][0]
        assert (first["recorded"], again["recorded"]) == ("now", "before"), words
        assert first["ledger_entry"] == again["ledger_entry"] == size + 1


def test_show_tells_the_record_its_hash_its_timeline_and_what_is_missing(place: Place) -> None:
    place("link", NAME, JOB, *as_(), "--initiator", "Bo Example", "--initiator-id", BO)
    place("times", NAME, "--declared-loss", LOSS.isoformat(), "--usable", USABLE.isoformat(), *as_())
    told = place("show", NAME)
    drill, facts = place.drill(), {(row["part"], row["fact"]): row for row in told["data"]}
    assert facts["record", "record SHA-256"]["value"] == record_sha256(drill)
    assert told["meta"]["record"] == json.loads(json.dumps(record_of(drill)))
    moments = [row["value"] for row in told["data"] if row["part"] == "timeline"][:5]
    assert moments == sorted(moments)
    recovery = facts["timeline", "recovery time, from declared loss to service usable"]
    assert (recovery["value"], recovery["grade"]) == ("2:30:00 of 4:00:00: met", "C")
    job = facts["timeline", "the restore job alone took, which is no recovery time"]
    assert (job["value"], job["grade"]) == ("0:09:00", "A")
    loss = facts["timeline", "data loss, from recovery point to declared loss"]
    assert loss["value"] == "0:29:24 of 1 day, 0:00:00: met"
    assert facts["next", "state"]["value"] == "validated"
    assert facts["next", "missing"]["value"] == "application or user_acceptance"
    assert [one["what"] for one in told["meta"]["ledger"]] == ["drill_planned", "execution_linked", "timing_stated"]
    assert told["meta"]["ledger"][1]["object_id"] == ADA
    table = place.run("show", NAME)
    assert record_sha256(drill) in table.stdout
    assert "still missing: checksum or database_check or row_count" in table.stderr
    assert "RTO" not in table.stdout


def test_list_and_board_tell_where_each_drill_stands(place: Place) -> None:
    place.plan(SECOND, tier=2, quarter="2027Q1")
    place("cancel", SECOND, "--reason", "not now", *as_())
    assert [row["drill"] for row in place("list")["data"]] == [NAME, SECOND]
    assert [row["drill"] for row in place("list", "--quarter", "2027Q1")["data"]] == [SECOND]
    assert [row["drill"] for row in place("list", "--state", "planned")["data"]] == [NAME]
    assert [row["drill"] for row in place("list", "--tier", "2", "--tier", "3")["data"]] == [SECOND]
    assert place("list")["data"][0]["missing"] == ["a completed restore job"]
    assert "does not know" in place("list", "--state", "lost", code=2)
    table = place.run("board").stdout
    header, *lines = table.splitlines()
    assert header.split()[:2] == ["planned", "executed"]
    assert header.split()[-1] == "cancelled"
    (line,) = lines
    assert line.index(SECOND) == header.index("cancelled")
    assert line.startswith(f"{NAME} tier 0 vm1")
    shown = place.run("board", form="csv").stdout
    assert [row["drill"] for row in csv.DictReader(io.StringIO(shown))] == [NAME, SECOND]
    ndjson = place.run("list", form="ndjson").stdout
    assert [json.loads(line)["drill"] for line in ndjson.splitlines()] == [NAME, SECOND]


@pytest.mark.parametrize("name", ["link", "times", "validate", "attach", "deviation", "clean-up", "submit", "cancel", "waive", "supersede", "list", "board", "show"])  # fmt: skip
def test_every_command_has_an_example_that_stands_on_a_line(command: Command, name: str) -> None:
    told = command("drills", name, "--help").stdout
    assert f"backup-evidence drills {name}" in told


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


def test_a_link_to_a_drill_of_another_item_is_refused(place: Place) -> None:
    place.plan(SECOND, item_key="/subscriptions/s/other", subject="vm2")
    assert "is not of vm2" in place("link", SECOND, JOB, "--reason", "it is", *as_(), code=8)


def test_a_restore_that_nothing_tells_of_is_linked_with_a_persons_reason_only(place: Place) -> None:
    late = {"window_start": at(NIGHT, 100), "window_end": at(NIGHT, 148)}
    place("cancel", NAME, "--reason", "planned anew", *as_())
    place.plan(SECOND, **late)
    assert "is unclassified" in place("link", SECOND, JOB, *as_(), code=8)
    place("link", SECOND, JOB, "--reason", "asked for in CHG0042", *as_())
    assert [one.kind for one in place.drill(SECOND).deviations] == ["late"]


def test_a_job_that_was_not_read_is_not_linked(place: Place) -> None:
    assert "No restore job 'nothing' was read." in place("link", NAME, "nothing", *as_(), code=2)
    assert "was read" in place("link", NAME, JOB, "--vault", "/subscriptions/s/other", *as_(), code=2)


def test_of_another_persons_moments_nothing_is_kept_in_silence(place: Place) -> None:
    place("times", NAME, "--declared-loss", LOSS.isoformat(), *as_())
    assert "Ada Example stated the moments before" in place(
        "times", NAME, "--usable", USABLE.isoformat(), *as_(BO, "Bo Example"), code=2
    )
    place("times", NAME, "--declared-loss", LOSS.isoformat(), "--usable", USABLE.isoformat(), *as_(BO, "Bo Example"))
    stated = place.drill().timing.stated_by
    assert stated is not None
    assert stated.object_id == BO


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("cancel", NAME, "--reason", "x", "--by", "Ada", "--object-id", "ada@example"), "is no object id"),
        (("cancel", NAME, "--reason", "x", "--by", "a\nb", "--object-id", ADA), "is no name"),
        (("times", NAME, "--usable", "2026-11-20 23:00", *as_()), "no moment with its time zone"),
        (("waive", NAME, "--reason", "x", "--until", "soon"), "is no day"),
        (("deviation", NAME, *as_()), "needs --cause"),
        (("deviation", NAME, "--kind", "a:b", "--cause", "x", *as_()), "without a colon"),
        (("attach", NAME, "nothing.csv", *as_()), "cannot be read"),
    ],
    ids=["object-id", "name", "moment", "day", "cause", "kind", "file"],
)
def test_what_cannot_be_read_is_a_mistake_of_the_call(place: Place, words: tuple[object, ...], sentence: str) -> None:
    assert sentence in " ".join(place(*words, code=2).split())


def test_a_link_instead_of_a_file_is_refused(place: Place, file: Path) -> None:
    (file.parent / "other.csv").symlink_to(file)
    assert "it is a link" in place("attach", NAME, file.parent / "other.csv", *as_(), code=8)


def test_the_object_id_may_stand_in_the_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_EVIDENCE_OBJECT_ID", BO.upper())
    (row,) = place("cancel", NAME, "--reason", "not now", "--by", "Bo Example")["data"]
    assert (row["object_id"], row["state"]) == (BO, "cancelled")


def test_a_deviation_is_given_what_it_lacks_and_keeps_the_rest(place: Place) -> None:
    place.facts()
    place.check("row_count", result="failed")
    named = ("deviation", NAME, "validation_failed:row_count")
    place(*named, "--owner", "dba-eu", "--due", "2026-12-31", *as_())
    place(*named, "--action", "restore in parallel", "--ticket", "INC7", *as_())
    (one,) = place.drill().deviations
    assert (one.owner, str(one.due), one.action, one.ticket) == ("dba-eu", "2026-12-31", "restore in parallel", "INC7")
    assert one.automatic


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
