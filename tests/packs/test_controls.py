"""The control map: read with its mistakes named, complete as shipped, and shown with what was judged."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import ConfigurationError
from evidence.packs.account import reckon
from evidence.packs.bag import Digest
from evidence.packs.chapters import material
from evidence.packs.chapters.controls import control_map_rows, controls_chapter
from evidence.packs.controls.claims import CLAIMS, Result, result_of
from evidence.packs.controls.counted import Counted
from evidence.packs.controls.drill_claims import DRILL_CLAIMS, EVERY
from evidence.packs.controls.judged import JudgedClaim
from evidence.packs.controls.reading import (
    NIST,
    PATH,
    ControlMap,
    load_control_map,
    oscal_id,
    parse_control_map,
    shipped_control_map,
)
from evidence.packs.machine.oscal import OSCAL
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import select
from tests.fakes.bench import NIGHT, Bench, backup
from tests.paths import ROOT

OWN = """\
version: 3
title: Ours
source: Workshop of the risk office
reviewed_by: Head of Internal Audit
reviewed_on: 2026-11-01
frameworks:
  nist_800_53: {title: NIST SP 800-53, edition: Revision 5}
  house: {title: House rules, edition: "2026"}
objects:
  jobs:
    title: Jobs
    claims: [backups-completed, outcomes-known]
    controls: {nist_800_53: [CP-9, CP-9(8)], house: [B-1]}
  restores:
    title: Restores
    claims: [restores-linked, outcomes-known]
    controls: {house: [B-1, B-2]}
"""


def parsed(text: str) -> ControlMap:
    return parse_control_map(text.encode(), "controls.yaml")


def refusal(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parsed(text)
    return "\n".join(caught.value.diagnostics())


def judged(key: str, population: int = 3, exceptions: int = 0, unknown: int = 0, unread: int = 0) -> JudgedClaim:
    return JudgedClaim(CLAIMS[key], Counted(population, exceptions, unknown), unread)


ALL_MET = tuple(judged(key) for key in CLAIMS)


# --- the shipped map


def test_the_shipped_map_names_every_claim_and_every_framework_that_is_promised() -> None:
    used = shipped_control_map()
    assert {claim for _, claims, _ in used.objects for claim in claims} == set(EVERY)
    assert [one.title for one in used.frameworks] == [
        "SOC 2",
        "ISO/IEC 27001",
        "NIST SP 800-53",
        "HIPAA Security Rule",
        "PCI DSS",
        "DORA",
        "NIS2",
        "CIS Controls",
        "DORA RTS",
        "NIS2 implementing regulation",
    ]
    of_tests = {"dora_rts", "nis2_cir"}
    assert all(used.controls_of(key, one.key) for key in CLAIMS for one in used.frameworks if one.key not in of_tests)
    assert all(used.controls_of(key, name) for key in DRILL_CLAIMS for name in (*of_tests, "soc_2", "iso_27001", "cis"))


def test_the_shipped_map_says_that_nobody_reviewed_it() -> None:
    used = shipped_control_map()
    assert (used.reviewed_by, used.reviewed_on, used.review) == (None, None, "not reviewed: a proposal")
    assert used.raw == (ROOT / "evidence" / "packs" / "controls" / "controls.yaml").read_bytes()


def test_some_ids_of_the_shipped_map() -> None:
    used = shipped_control_map()
    assert used.controls_of("backups-completed", "soc_2") == ("A1.2", "CC7.2")
    assert used.controls_of("restores-completed", "hipaa") == ("164.308(a)(7)(ii)(B)", "164.308(a)(7)(ii)(D)")
    assert used.controls_of("immutability-locked", NIST) == ("CP-9", "CP-9(8)", "AU-11")
    assert used.controls_of("lists-read", "nis2") == ("Art. 21(2)(c)", "Art. 21(2)(i)")


# --- one's own


def test_an_own_map_is_read_with_its_reviewer(tmp_path: Path) -> None:
    (tmp_path / "controls.yaml").write_text(OWN)
    used = load_control_map(tmp_path / "controls.yaml")
    assert (used.version, used.reviewed_on) == (3, date(2026, 11, 1))
    assert used.review == "reviewed by Head of Internal Audit on 2026-11-01"
    assert used.controls_of("outcomes-known", "house") == ("B-1", "B-2")
    assert used.controls_of("first-hand", "house") == ()
    assert dict(used.claims_of("house")) == {
        "B-1": ("backups-completed", "outcomes-known", "restores-linked"),
        "B-2": ("restores-linked", "outcomes-known"),
    }


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("version: 3", "version: 0", 1, "greater than or equal to 1"),
        ("version: 3", 'version: "3"', 1, "valid integer"),
        ("title: Ours", "titel: Ours", 1, "title"),
        ("title: Ours", "title: Ours\nowner: me", 3, "is no key of the control map"),
        ("title: Ours", 'title: "a\\tb"', 2, "cannot be printed"),
        ("reviewed_on: 2026-11-01", "reviewed_on: null", 1, "belong together"),
        ("reviewed_on: 2026-11-01\n", "", 1, "reviewed_on"),
        ("claims: [backups-completed,", "claims: [backups-complete,", 12, "is no claim"),
        ("outcomes-known]\n    controls: {nist", "backups-completed]\n    controls: {nist", 12, "named twice"),
        ("house: [B-1]", "home: [B-1]", 1, "not among `frameworks`"),
        ("CP-9(8)", "CP-9.8", 13, "no id of a NIST control"),
        ("[CP-9, CP-9(8)]", "[]", 13, "at least 1"),
        ("nist_800_53: [CP-9, CP-9(8)], ", "", 1, "names no control of `nist_800_53`"),
        ("[B-1, B-2]", "[B-1, B-1]", 17, "named twice"),
        ("[B-1, B-2]", "[1.10]", 17, "valid string"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, said: str) -> None:
    assert old in OWN
    told = refusal(OWN.replace(old, new, 1))
    assert said in told
    assert f"controls.yaml:{line}: " in told


@pytest.mark.parametrize("text", ["", "[]", "just text", "a: &x 1\nb: *x"])
def test_what_is_no_map_is_refused(text: str) -> None:
    assert refusal(text)


def test_a_map_that_is_not_there_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_control_map(tmp_path / "none.yaml")
    assert "under `controls`" in caught.value.next_step


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda one: st.lists(one) | st.dictionaries(st.sampled_from(["version", "title", "objects", "claims", "controls", "x"]), one), max_leaves=12))  # fmt: skip
def test_whatever_the_file_holds_is_a_map_or_an_error_of_ours(content: object) -> None:
    with pytest.raises(ConfigurationError):
        parsed(yaml.safe_dump(content))


@pytest.mark.parametrize(("told", "known"), [("CP-9", "cp-9"), ("CP-9(8)", "cp-9.8"), ("AU-10(12)", "au-10.12")])
def test_nist_ids_as_the_oscal_catalogue_writes_them(told: str, known: str) -> None:
    assert oscal_id(told) == known


@pytest.mark.parametrize("told", ["cp-9", "CP-09", "CP-9 (8)", "CP-9(8)(1)", "", "CP-9\n", "XCP-9"])
def test_what_is_no_nist_id(told: str) -> None:
    with pytest.raises(ValueError, match="no id of a NIST control"):
        oscal_id(told)


# --- results


@given(*[st.integers(0, 5)] * 4)
def test_met_is_only_what_is_wholly_known_and_not_empty(
    population: int, exceptions: int, unknown: int, unread: int
) -> None:
    result = result_of(population, exceptions, unknown, unread)
    assert (result is Result.MET) == (population > 0 and exceptions == unknown == unread == 0)
    assert (result is Result.EXCEPTIONS) == (exceptions > 0)


def test_reasons_tell_the_counts() -> None:
    assert judged("backups-completed", 418, 2, 1, 3).reason == (
        "418 backup jobs; 2 did not complete; 1 had no final state when last seen; "
        "3 lists that this rests on were not read whole."
    )
    assert judged("restores-completed", 0).reason == (
        "There were no restore jobs in the period: nothing of it could be judged."
    )


def test_a_control_shows_how_its_claims_came_out() -> None:
    used = parsed(OWN)
    mixed = (judged("backups-completed", exceptions=1), judged("outcomes-known", unknown=1), judged("restores-linked"))
    nist = "NIST SP 800-53"
    assert control_map_rows(mixed, used) == (
        (nist, "CP-9", "Jobs", "0 / 2", "1 / 2", "1 / 2"),
        (nist, "CP-9(8)", "Jobs", "0 / 2", "1 / 2", "1 / 2"),
        ("House rules", "B-1", "Jobs; Restores", "1 / 3", "1 / 3", "1 / 3"),
        ("House rules", "B-2", "Restores", "1 / 2", "0 / 2", "1 / 2"),
    )


def test_the_chapter_leaves_no_claim_out_and_says_that_nobody_reviewed_the_map() -> None:
    bench = Bench()
    backup(bench.vault())
    bench.run()
    entries = bench.parts.ledger.entries()
    account = reckon(select(bench.store, entries, span_period(NIGHT, NIGHT), PackScope("all")), entries)
    digest = Digest(1, "0" * 64)
    of = material(account.selection, account.judged, account.counts, {OSCAL: digest, PATH: digest})
    section = controls_chapter(of, account.claimed.claims, account.claimed.controls)
    assert [row[0] for row in section.tables[0].rows] == list(CLAIMS)
    assert section.tables[0].total == len(CLAIMS)
    assert "NOT REVIEWED: A PROPOSAL" in [fact.value for fact in section.facts]
    assert "not reviewed" in section.tables[1].caption
    assert len(section.tables[1].rows) == section.tables[1].total > 50
    own = controls_chapter(of, account.claimed.claims, parsed(OWN))
    assert [row[0] for row in own.tables[0].rows] == list(CLAIMS)
    assert "reviewed by Head of Internal Audit on 2026-11-01" in [fact.value for fact in own.facts]


def test_every_claim_says_what_it_is_about_and_how_it_is_counted() -> None:
    for key, claim in EVERY.items():
        assert claim.key == key
        assert claim.sentence.endswith(".")
        assert claim.procedure.endswith((".", ")."))
        assert claim.files
        assert claim.exception or claim.unknown
