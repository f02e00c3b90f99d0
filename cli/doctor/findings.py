"""What an examination of Azure found, as rows: all of them, and grouped so that a person can read them.

Pure. Invariant: a group never says better than its worst member.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cli.doctor.rows import FINDINGS, MISSING, NOT_CHECKED, OK, PARTIAL, RIGHTS, TOO_MUCH, UNKNOWN, Row

if TYPE_CHECKING:
    from evidence.sources.examination import Access, Examination, Privilege

MOST_SKEW_S = 30.0
"""Seconds by which our clock may differ from Azure's: jobs that begin at a night's edge would fall into the wrong one."""
GRANT = "Assign the role of deploy/role-definition.json there (deploy/README.md)."
TAKE = "Take the role that gives it away; deploy/role-definition.json is all that is needed."
_CODES = {MISSING: RIGHTS, UNKNOWN: PARTIAL, TOO_MUCH: FINDINGS}
_NAMED = 3


def complete_rows(found: Examination) -> list[Row]:
    """One row for each right of each subscription and vault, each pattern beyond reading, each version, and the clock."""
    return [
        *(_right(one) for one in found.access),
        *(row for one in found.privileges for row in _privilege_rows(one)),
        *_versions(found),
        _skew(found),
    ]


def grouped_rows(found: Examination) -> list[Row]:
    """The same, alike ones together: vaults that lack the same, scopes with the same patterns."""
    return [*_rights(found), *_privileges(found), *_grouped_versions(found), _skew(found)]


def store_row(account_url: str | None) -> Row | None:
    """What is said of rights at the store's account; None where the store is a folder."""
    if account_url is None:
        return None
    detail = f"{account_url}: what the identity may do at the account itself cannot be seen from here"
    return Row(
        "store rights", NOT_CHECKED, detail=detail, next_step="Compare with deploy/storage-role-definition.json."
    )


def _right(one: Access) -> Row:
    state = one.finding.value
    return Row(
        "right",
        state,
        subject=one.subject,
        kind=one.kind.value,
        action=one.action,
        detail=one.detail,
        next_step=GRANT if state == MISSING else None,
        exit_code=_CODES.get(state, 0),
    )


def _rights(found: Examination) -> Iterator[Row]:
    """First what may be read, then each group of subjects that lack the same."""
    of_subject: dict[str, list[Access]] = defaultdict(list)
    for one in found.access:
        of_subject[one.subject].append(one)
    bad = {subject: [one for one in rows if one.finding.value in _CODES] for subject, rows in of_subject.items()}
    fine = sum(not rows for rows in bad.values())
    looked_at = f"{found.subscriptions} subscriptions and {found.vaults} vaults looked at"
    told = f"{looked_at}; of {fine} of {len(bad)} everything may be read"
    worst = {one.finding.value for rows in bad.values() for one in rows}
    yield Row("rights", next((state for state in (MISSING, UNKNOWN) if state in worst), OK), detail=told)
    groups: dict[tuple[tuple[str, str, str], ...], list[str]] = defaultdict(list)
    for subject, rows in bad.items():
        if rows:
            groups[tuple((one.finding.value, one.kind.value, one.action or "") for one in rows)].append(subject)
    for key, subjects in groups.items():
        yield from _group(key, subjects, bad[subjects[0]])


def _group(key: Sequence[tuple[str, str, str]], subjects: Sequence[str], rows: Sequence[Access]) -> Iterator[Row]:
    for state in (MISSING, UNKNOWN):
        kinds = [kind for found, kind, _ in key if found == state]
        actions = list(dict.fromkeys(action for found, _, action in key if found == state and action))
        if kinds:
            why = next((one.detail for one in rows if one.finding.value == state and one.detail), "")
            detail = (
                f"{', '.join(kinds)}: needs {', '.join(actions)}" if state == MISSING else f"{', '.join(kinds)}: {why}"
            )
            yield Row(
                "right",
                state,
                subject=_names(subjects),
                detail=detail,
                next_step=GRANT if state == MISSING else None,
                exit_code=_CODES[state],
            )


def _names(subjects: Sequence[str]) -> str:
    """Names of vaults, the ids of subscriptions; the first few of many."""
    names = [subject.rpartition("/")[2] or subject for subject in subjects]
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _privilege_rows(one: Privilege) -> Iterator[Row]:
    state = one.finding.value
    if not one.excesses:
        yield Row("over-privilege", state, subject=one.scope, detail=one.detail, exit_code=_CODES.get(state, 0))
    for excess in one.excesses:
        covers = ", ".join(excess.covers)
        yield Row(
            "over-privilege", state, one.scope, action=excess.pattern, detail=covers, next_step=TAKE, exit_code=FINDINGS
        )


def _privileges(found: Examination) -> Iterator[Row]:
    groups: dict[tuple[str, str | None, str | None], list[str]] = defaultdict(list)
    for one in found.privileges:
        for row in _privilege_rows(one):
            told = f"{row.action} covers {row.detail}" if row.action else row.detail
            groups[row.state, told, row.next_step].append(one.scope)
    for (state, told, next_step), scopes in groups.items():
        detail = told or f"nothing beyond reading, at {len(scopes)} scopes"
        subject = None if state == OK else _names(scopes)
        yield Row("over-privilege", state, subject, detail=detail, next_step=next_step, exit_code=_CODES.get(state, 0))


def _versions(found: Examination) -> Iterator[Row]:
    for one in found.versions:
        state = one.finding.value
        detail = f"{one.resource_type} {one.api_version}" + (f": {one.detail}" if one.detail else "")
        # A version that Azure does not list is no missing right: it is a finding.
        code = FINDINGS if state == MISSING else _CODES.get(state, 0)
        yield Row("api-version", state, subject=one.subscription, detail=detail, exit_code=code)


def _grouped_versions(found: Examination) -> Iterator[Row]:
    groups: dict[tuple[str, str | None, int], list[str]] = defaultdict(list)
    fine = 0
    for row in _versions(found):
        if row.state == OK:
            fine += 1
        else:
            groups[row.state, row.detail, row.exit_code].append(row.subject or "")
    if not groups:
        yield Row("api-versions", OK, detail=f"all {fine} that are asked for are supported")
    for (state, detail, code), subjects in groups.items():
        yield Row("api-version", state, _names(subjects), detail=detail, exit_code=code)


def _skew(found: Examination) -> Row:
    skew = found.skew
    if skew.seconds is None:
        return Row("clock skew", UNKNOWN, detail="no answer of Azure's told its time", exit_code=PARTIAL)
    where = "ahead of" if skew.seconds > 0 else "behind"
    told = f"{abs(skew.seconds):.1f} s {where} Azure's clock" if skew.seconds else "none that could be seen"
    if abs(skew.seconds) <= MOST_SKEW_S:
        return Row("clock skew", OK, detail=f"{told}, in {skew.answers} answers")
    return Row(
        "clock skew",
        "wrong",
        detail=f"{told}, more than {MOST_SKEW_S:.0f} s",
        next_step="Synchronize this machine's clock (chrony, systemd-timesyncd).",
        exit_code=FINDINGS,
    )
