"""Plans on a store: a seed that nobody could know or choose, drafts that replace each other, and approval of what can be drawn again alone."""

from __future__ import annotations

import copy
import hashlib
import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest

from evidence.drills.due import Quarter
from evidence.drills.events import PlanApproved, PlanDrafted, SeedCommitted, SeedRevealed
from evidence.drills.spelling import plan_sha256
from evidence.drills.values import Drill, Person, State
from evidence.errors import ConfigurationError, IntegrityError, RefusedError, SealError
from evidence.records import Kind, Outcome
from evidence.runs.drills.book import told_events
from evidence.runs.drills.planning import ReadPlan, read_plan, refuse_unless_approver, refuse_unless_drawn
from evidence.runs.drills.planning_one import Wish, plan_item, plan_retest
from evidence.runs.drills.recording import record
from evidence.runs.drills.seeds import commit_seed, seed_of
from evidence.seals.envelope import read_detached
from evidence.seals.interface import SignerIdentity, TimestampAuthority
from evidence.settings.drills import DrillSettings, FrequencySettings
from evidence.stores.layout import drill_population_file, drill_seed_file
from tests.drills.making import linked, planned, reviewed, submitted, timed, validated
from tests.fakes.bodies import FakeItem
from tests.fakes.certificates import trade
from tests.fakes.packs import signer_of
from tests.fakes.signed_in import SignedIn
from tests.fakes.source import TENANT
from tests.runs.drills.plan_desk import APPROVER, DRAFTER, FIRST, Q2, Q3, Q4, PlanDesk

PLAN = "DP-2026Q3"
WISH = Wish(None, "CHG0042", None, DRAFTER, None)


@pytest.fixture(scope="module")
def sealed() -> PlanDesk:
    """One night of one vault, made once and copied."""
    made = PlanDesk()
    made.vault("pay", *(f"vm{number:02}" for number in range(12)))
    made.night()
    return made


@pytest.fixture
def desk(sealed: PlanDesk) -> PlanDesk:
    return PlanDesk(copy.deepcopy(sealed.bench), sealed.rules, sealed.signer)


def read(desk: PlanDesk, plan_id: str = PLAN) -> ReadPlan:
    return read_plan(desk.bench.store, desk.entries, plan_id)


def test_before_the_draft_the_store_holds_the_seeds_hash_and_nothing_of_the_seed(desk: PlanDesk) -> None:
    commit_seed(desk.bench.parts, desk.signer, Q3, DRAFTER)
    seed = seed_of(desk.signer, TENANT, Q3)
    assert desk.book.seeds["2026Q3"].seed_sha256 == hashlib.sha256(seed.value).hexdigest()
    kept = desk.bytes_kept
    assert seed.sha256.encode() in kept
    for secret in (seed.value, seed.value.hex().encode(), seed.proof, seed.proof.splitlines()[20]):
        assert secret not in kept


def test_the_draft_reveals_a_seed_that_the_key_proves(desk: PlanDesk) -> None:
    commit_seed(desk.bench.parts, desk.signer, Q3, DRAFTER)
    desk.draft()
    plan = desk.plan()
    assert plan.seed is not None
    assert (plan.late, plan.drafts) == (False, 1)
    proof = desk.bench.store.read(drill_seed_file(plan.drafted.seed_sha256))
    assert hashlib.sha256(proof).hexdigest() == plan.seed
    told = read_detached(proof, f"backup-evidence drill sample seed\ntenant {TENANT}\nquarter 2026Q3\n".encode())
    assert told.identity.fingerprint_sha256 == desk.book.seeds["2026Q3"].signer_sha256


@pytest.mark.slow
def test_a_commitment_after_the_quarter_began_is_late(desk: PlanDesk) -> None:
    desk.draft(Q2)
    assert desk.plan("DP-2026Q2").late
    desk.draft(Q3)
    assert not desk.plan().late


@pytest.mark.slow
def test_the_seed_is_another_for_each_quarter_tenant_and_key_and_the_same_again() -> None:
    desk = PlanDesk()
    other = signer_of(trade().other_signer, trade().issuing)
    asked = ((desk.signer, "a", Q3), (desk.signer, "a", Q4), (desk.signer, "b", Q3), (other, "a", Q3))
    assert len({seed_of(*one).value for one in asked}) == len(asked)
    assert seed_of(desk.signer, "a", Q3) == seed_of(desk.signer, "a", Q3)


def test_a_key_that_signs_anew_each_time_gives_no_seed(desk: PlanDesk) -> None:
    class Moody:
        numbers = itertools.count()

        @property
        def identity(self) -> SignerIdentity:
            return desk.signer.identity

        def sign_detached(self, data: bytes, at: object, authority: TimestampAuthority | None) -> bytes:
            return f"{next(self.numbers)}".encode()

    with pytest.raises(SealError, match="differ"):
        seed_of(Moody(), TENANT, Q3)  # type: ignore[arg-type]  # signs nothing else here


@pytest.mark.slow
def test_nobody_commits_to_a_second_seed_but_another_key_before_a_draft(desk: PlanDesk) -> None:
    assert not commit_seed(desk.bench.parts, desk.signer, Q3, DRAFTER).before
    assert commit_seed(desk.bench.parts, desk.signer, Q3, DRAFTER).before
    same = SeedCommitted("2026Q3", "0" * 64, desk.signer.identity.fingerprint_sha256, desk.now, DRAFTER)
    with pytest.raises(RefusedError, match="committed to since"):
        record(desk.bench.parts, same)
    desk.signer = signer_of(trade().other_signer, trade().issuing)
    with pytest.raises(RefusedError, match="cannot be made again"):
        desk.draft()
    assert not commit_seed(desk.bench.parts, desk.signer, Q3, DRAFTER).before
    desk.draft()
    with pytest.raises(RefusedError, match="is used by DP-2026Q3"):
        record(desk.bench.parts, replace(same, signer_sha256="1" * 64))


@pytest.mark.parametrize("quarter", ["2026Q5", "2026q3", "2026", "x"])
def test_a_seed_is_of_a_quarter(desk: PlanDesk, quarter: str) -> None:
    with pytest.raises(RefusedError, match="is no quarter"):
        record(desk.bench.parts, SeedCommitted(quarter, "0" * 64, "1" * 64, desk.now, None))


def test_the_same_draft_is_one_entry_also_after_a_crash_before_the_seed_was_told(
    desk: PlanDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("evidence.runs.drills.planning._reveal", crash)
        with pytest.raises(KeyboardInterrupt):
            desk.draft()
    assert desk.plan().seed is None
    with pytest.raises(RefusedError, match="seed is not revealed"):
        refuse_unless_drawn(desk.bench.parts, desk.rules, read(desk))
    assert desk.draft().before
    assert desk.plan().seed is not None
    length = len(desk.entries)
    assert desk.draft().before
    assert len(desk.entries) == length


def test_a_second_draft_replaces_the_first_and_tells_what_changed_since_the_seed_was_known(desk: PlanDesk) -> None:
    desk.draft()
    first = desk.plan().drafted
    vault = desk.bench.azure.subscriptions[0].vaults[0]
    vault.items = [one for one in vault.items if one.name != "vm03"] + [FakeItem("fresh")]
    desk.night(FIRST + timedelta(days=1))
    assert not desk.draft().before
    found = read(desk)
    assert (found.plan.drafts, found.plan.drafted.seed_sha256) == (2, first.seed_sha256)
    assert [line.partition(":")[0] for line in found.since_first] == ["fresh came in", "vm03 is gone"]
    refuse_unless_drawn(desk.bench.parts, desk.rules, found)


def test_an_approved_plan_stands_and_single_drills_are_added_by_name(desk: PlanDesk) -> None:
    desk.draft()
    refuse_unless_drawn(desk.bench.parts, desk.rules, read(desk))
    desk.approve()
    drills = desk.plan().drafted.drills
    assert set(desk.book.drills) == {one.drill_id for one in drills}
    with pytest.raises(RefusedError, match="is approved by Person 2"):
        desk.draft()
    with pytest.raises(RefusedError, match="is approved, and is not drafted again"):
        desk.tell(replace(desk.plan().drafted, drills=drills[1:], at=desk.now))
    made, name = plan_item(desk.bench.parts, desk.rules, "vm11", WISH)
    assert (made.before, name) == (False, f"DR-2026Q2-{1:04}")
    again, same = plan_item(desk.bench.parts, desk.rules, "VM11", WISH)
    assert (again.before, same) == (True, name)
    other, more = plan_item(desk.bench.parts, desk.rules, "vm11", replace(WISH, first_day=date(2026, 8, 3)))
    assert (other.before, more) == (False, f"DR-2026Q3-{len(drills) + 1:04}")


@pytest.mark.parametrize("by", [DRAFTER, replace(APPROVER, is_service=True)], ids=["drafter", "service"])
def test_the_drafter_and_a_service_principal_approve_nothing(desk: PlanDesk, by: Person) -> None:
    desk.draft()
    with pytest.raises(RefusedError, match="by another person than drafted it"):
        desk.approve(by=by)


@pytest.mark.slow
def test_a_plan_that_changed_after_it_was_read_is_not_approved(desk: PlanDesk) -> None:
    desk.draft()
    read_before = plan_sha256(desk.plan().drafted)
    desk.bench.azure.subscriptions[0].vaults[0].items.append(FakeItem("fresh"))
    desk.night(FIRST + timedelta(days=1))
    desk.draft()
    with pytest.raises(RefusedError, match="changed after it was read"):
        desk.tell(PlanApproved(PLAN, read_before, desk.now, APPROVER), APPROVER)


@pytest.mark.parametrize(
    "what",
    [
        "a drill left out",
        pytest.param("another window", marks=pytest.mark.slow),
        "a population said to be whole",
    ],
)
def test_a_plan_that_ledger_and_seed_do_not_give_is_refused(desk: PlanDesk, what: str) -> None:
    desk.bench.azure.subscriptions[0].vaults[0].spoiled[Kind.PROTECTED_ITEMS] = (Outcome.NOT_REACHED, "HTTP 403")
    desk.night(FIRST + timedelta(days=1))
    desk.draft()
    found = read(desk)
    told = found.plan.drafted
    assert told.incomplete
    bent = {
        "a drill left out": replace(told, drills=told.drills[1:]),
        "another window": replace(
            told,
            drills=(
                replace(told.drills[0], window_end=told.drills[0].window_end + timedelta(days=9)),
                *told.drills[1:],
            ),
        ),
        "a population said to be whole": replace(told, incomplete=()),
    }[what]
    (named,) = found.entry.objects
    record(desk.bench.parts, replace(bent, at=desk.now), objects=(named,))
    with pytest.raises(RefusedError, match=r"do not give it|says otherwise of what was not read"):
        refuse_unless_drawn(desk.bench.parts, desk.rules, read(desk))


@pytest.mark.slow
def test_a_plan_is_drawn_by_the_settings_that_stand(desk: PlanDesk) -> None:
    desk.draft()
    weaker = DrillSettings(frequencies={0: FrequencySettings(sampled=False)})
    with pytest.raises(RefusedError, match="do not give it"):
        refuse_unless_drawn(desk.bench.parts, replace(desk.rules, drills=weaker), read(desk))


@pytest.mark.slow
def test_a_plan_whose_items_got_drills_meanwhile_is_drafted_again(desk: PlanDesk) -> None:
    desk.draft()
    _, name = plan_item(desk.bench.parts, desk.rules, "pay", replace(WISH, first_day=Q3.first))
    with pytest.raises(RefusedError) as found:
        refuse_unless_drawn(desk.bench.parts, desk.rules, read(desk))
    assert f"ay as {name}" in found.value.cause
    desk.draft()
    refuse_unless_drawn(desk.bench.parts, desk.rules, read(desk))
    assert "pay" not in {one.subject for one in desk.plan().drafted.drills}


@pytest.mark.slow
def test_a_quarter_that_ended_is_not_approved(desk: PlanDesk) -> None:
    desk.draft(Q2)
    desk.on(date(2026, 7, 1))
    with pytest.raises(RefusedError, match="2026Q2 is over"):
        refuse_unless_drawn(desk.bench.parts, desk.rules, read(desk, "DP-2026Q2"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"drill_id": "../DR"}, "is no id of a drill"),
        ({"quarter": "2026Q4"}, "is of 2026Q4"),
        ({"needs": ()}, "no check is demanded"),
        ({"window_end": planned().window_start}, "ends before it begins"),
    ],
    ids=["id", "quarter", "needs", "window"],
)
def test_a_plan_of_drills_that_are_not_well_formed_is_not_drafted(
    desk: PlanDesk, changes: dict[str, object], said: str
) -> None:
    drill = replace(planned(), **changes)  # type: ignore[arg-type]  # its own fields
    with pytest.raises(RefusedError, match=said):
        desk.tell(PlanDrafted(PLAN, "2026Q3", (drill,), "0" * 64, "1" * 64, desk.now, DRAFTER))


def test_a_plan_without_its_population_is_no_plan(desk: PlanDesk) -> None:
    desk.tell(PlanDrafted(PLAN, "2026Q3", (), "0" * 64, "1" * 64, desk.now, DRAFTER))
    with pytest.raises(IntegrityError, match="does not name the population"):
        read(desk)


@pytest.mark.slow
def test_a_population_that_was_changed_in_the_store_is_seen(desk: PlanDesk) -> None:
    desk.draft()
    path = drill_population_file(desk.plan().drafted.population_sha256)
    desk.bench.memory.files[path] = desk.bench.memory.files[path].replace(b"vm00", b"vm99")
    with pytest.raises(IntegrityError):
        read(desk)


@pytest.mark.slow
def test_plans_of_scopes_have_numbers_of_their_own_and_one_seed(desk: PlanDesk) -> None:
    desk.vault("uk", name="v2", region="uksouth")
    desk.night(FIRST + timedelta(days=1))
    rules = desk.rules
    desk.rules = replace(rules, holds=lambda vault: vault.region == "westeurope")
    desk.draft(scope="eu")
    desk.rules = replace(rules, holds=lambda vault: vault.region == "uksouth")
    desk.draft(scope="uk")
    eu, uk = (desk.plan(f"{PLAN}-{one}") for one in ("eu", "uk"))
    assert eu.seed == uk.seed is not None
    assert {one.subject for one in uk.drafted.drills} == {"uk"}
    assert not {one.drill_id for one in eu.drafted.drills} & {one.drill_id for one in uk.drafted.drills}
    assert len([one for one in told_events(desk.entries) if isinstance(one.event, SeedCommitted)]) == 1
    desk.approve(f"{PLAN}-uk")
    desk.approve(f"{PLAN}-eu")


def test_a_quarter_that_is_over_is_not_planned(desk: PlanDesk) -> None:
    with pytest.raises(RefusedError, match="2026Q1 is over"):
        desk.draft(Quarter(2026, 1))


@pytest.mark.slow
def test_an_approver_reviews_every_vault_of_the_population(desk: PlanDesk) -> None:
    desk.vault("uk", name="v2", region="uksouth")
    desk.night(FIRST + timedelta(days=1))
    desk.draft()
    given = (desk.bench.store, desk.entries, read(desk), APPROVER)
    refuse_unless_approver(*given, lambda _: [APPROVER.object_id.upper()])
    with pytest.raises(RefusedError, match="is no reviewer of vault v2"):
        refuse_unless_approver(*given, lambda vault: [APPROVER.object_id] if vault.region == "westeurope" else [])


def test_a_wrong_seed_is_not_revealed(desk: PlanDesk) -> None:
    desk.draft()
    with pytest.raises(RefusedError, match="not the one"):
        desk.tell(SeedRevealed(PLAN, "00" * 32, desk.now, DRAFTER))


@pytest.mark.slow
def test_a_retest_has_the_objectives_of_the_drill_that_it_repeats(desk: PlanDesk) -> None:
    _, name = plan_item(desk.bench.parts, desk.rules, "pay", WISH)
    with pytest.raises(RefusedError, match="is planned and of pay"):
        plan_retest(desk.bench.parts, desk.rules, name, WISH)
    before = desk.book.drills[name].planned
    desk.rules = replace(desk.rules, tiers=())
    event = _rejected(desk, name)
    assert event.state is State.REJECTED
    made, retest = plan_retest(desk.bench.parts, desk.rules, name, replace(WISH, reason=""))
    found = desk.book.drills[retest].planned
    assert not made.before
    assert (found.retest_of, found.reason) == (name, f"retest of {name}")
    assert (found.rto, found.rpo, found.needs, found.tier) == (before.rto, before.rpo, before.needs, before.tier)
    assert found.target.tag == retest
    assert plan_retest(desk.bench.parts, desk.rules, name, replace(WISH, reason=""))[0].before
    assert desk.book.drills[name].state is State.REMEDIATION


def _rejected(desk: PlanDesk, name: str) -> Drill:
    drill = desk.book.drills[name]
    desk.on(date(2026, 7, 20))
    for event in (
        replace(linked(name), execution=replace(linked().execution, item_key=drill.planned.item_key)),
        timed(name),
        validated("row_count", drill_id=name),
        validated("application", drill_id=name),
    ):
        desk.tell(event)
    desk.tell(submitted(desk.book.drills[name]))
    review = reviewed(desk.book.drills[name], "rejected", comment="The wrong day.")
    record(desk.bench.parts, review, sign_in=SignedIn(review.by))
    return desk.book.drills[name]


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ("nobody", ConfigurationError, "No item is called"),
        ("vm*", ConfigurationError, "items are called"),
    ],
)
def test_a_drill_is_of_one_item(desk: PlanDesk, asked: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        plan_item(desk.bench.parts, desk.rules, asked, WISH)


def test_a_window_does_not_begin_in_the_past(desk: PlanDesk) -> None:
    with pytest.raises(RefusedError, match="lies in the past"):
        plan_item(desk.bench.parts, desk.rules, "pay", replace(WISH, first_day=FIRST))
