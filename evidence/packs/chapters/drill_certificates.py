"""The certificates of sign-off: who decided what, when, about which hash, proven how, from where. Pure.

Not here: reading and checking statements (`evidence.packs.restore_drills`, `evidence.packs.verification`). Invariant: a decision that nobody signed in for is shown as a word
typed, and is never called certified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.packs.chapters.drill_rows import MOST_CARDS, Row, rows_of
from evidence.packs.chapters.drill_tables import CERTIFICATES, decision_of
from evidence.packs.chapters.material import Material
from evidence.packs.interface import Card, GradedFact, ReportColumn, ReportTable, Section
from evidence.packs.texts import joined, moment, text
from evidence.tables import SIGNOFFS

TITLE = "Certificates of sign-off"
FILE = f"data/{SIGNOFFS.name}.csv"
_SENTENCES = (
    (
        "Each decision below stands in the ledger under the number given. A certificate rests on a statement that was signed by the evidence key when the person had signed in: it holds the claims of that sign-in, the hash "
        "of the very record or plan that was read, and the account and machine. In a pack of the internal audience statement and signature lie under data/drills/decisions/, by the ledger entry; openssl checks them, as "
        "HOW-TO-VERIFY.txt tells."
    ),
)


def certificates_chapter(of: Material) -> Section:
    """The chapter; pure."""
    rows = rows_of(of, SIGNOFFS)
    proven = [row for row in rows if row["evidence_grade"] == "B"]
    if not rows:
        return Section(CERTIFICATES, TITLE, ("Nobody decided anything about these drills or their plans yet.",))
    shown = proven[:MOST_CARDS]
    left = len(proven) - len(shown)
    more = (f"Set are the first {len(shown):,} certificates of {len(proven):,}; all stand in {FILE}.",) if left else ()
    typed = _typed(of, [row for row in rows if row["evidence_grade"] != "B"])
    return Section(CERTIFICATES, TITLE, (*_SENTENCES, *more), (), (typed,), cards=tuple(map(_card, shown)))


def _typed(of: Material, rows: Sequence[Row]) -> ReportTable:
    columns = (
        ReportColumn("About", 18, mono=True),
        ReportColumn("Decision", 14),
        ReportColumn("Who", 16),
        ReportColumn("Object id", 24, mono=True),
        ReportColumn("At (UTC)", 16),
        ReportColumn("From where", 20),
        ReportColumn("Entry", 7, align_right=True),
    )
    cells = [
        (
            _about(row),
            decision_of(row),
            text(row["person"]),
            text(row["object_id"]),
            moment(row["decided_at"]),
            text(row["account"]),
            text(row["ledger_entry"]),
        )
        for row in rows
    ]
    return of.table(
        "T-78",
        "Decisions that nobody signed in for",
        "Words typed under an account, of grade C: no certificate. Handing in a record needs none.",
        columns,
        cells,
        total=len(cells),
        file=FILE,
        empty="None: for every decision somebody signed in.",
        compact=True,
    )


def _about(row: Row) -> str:
    return f"plan {row['plan_id']}" if row["drill_id"] is None else text(row["drill_id"])


def _card(row: Row) -> Card:
    return Card(
        anchor=f"CE-{row['ledger_entry']}",
        title=f"{_about(row)}: {decision_of(row)}",
        subtitle="",
        state="signed in",
        tone="good",
        facts=tuple(_facts(row)),
    )


def _facts(row: Row) -> Iterator[GradedFact]:
    grade = str(row["evidence_grade"])
    yield GradedFact("Who", f"{text(row['person'])}, {text(row['role'])}", grade)
    yield GradedFact("When (UTC)", moment(row["decided_at"]), grade)
    yield GradedFact("Object id (oid)", text(row["object_id"]), grade, mono=True)
    yield GradedFact("Tenant (tid)", text(row["tenant_id"]), grade, mono=True)
    yield GradedFact("Hash that was read", text(row["record_sha256"]), grade, mono=True, wide=True)
    yield GradedFact("Issuer (iss)", text(row["issuer"]), grade, mono=True)
    yield GradedFact("User name", text(row["username"]), grade)
    yield GradedFact("Signed in (auth_time)", moment(row["signed_in_at"]), grade)
    yield GradedFact("How (amr)", joined(row["amr"]) if row["amr"] else "the issuer did not tell", grade)
    yield GradedFact("From where", text(row["account"]))
    yield GradedFact("Ledger entry", text(row["ledger_entry"]))
    if row["comment"]:
        yield GradedFact("Said", text(row["comment"]), grade, wide=True)
    answers = row["answers"]
    if isinstance(answers, list) and answers:
        yield GradedFact("Answered", " ".join(str(one) for one in answers), grade, wide=True)
    stamp = "not time-stamped" if row["stamped_at"] is None else f"time-stamped {moment(row['stamped_at'])}"
    yield GradedFact("Statement, SHA-256", text(row["statement_sha256"]), mono=True, wide=True)
    yield GradedFact("Signed by", f"{text(row['signer'])}; {stamp}", wide=True)
    yield GradedFact("Its certificate", text(row["signer_fingerprint_sha256"]), mono=True, wide=True)
