"""The members of a pack from its tables on: the report, the lists of files, signature and stamp.

Not here: rows and tables (`select`, `table_files`), the ZIP around them (`bag`), its verification. Invariant: where the authority gives no stamp, the pack is
made without one and says so on its first page, in its statement and in its text on verifying.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from evidence.errors import TimestampError
from evidence.packs import bag
from evidence.packs.account import Account
from evidence.packs.changes import TableChange
from evidence.packs.describe import describe
from evidence.packs.how_to_verify import how_to_verify
from evidence.packs.restore_drills.pack import drills_by_hand
from evidence.packs.sealing import Sealing
from evidence.packs.slim import Shelf
from evidence.packs.statement import Circumstances, Place, TimeStampState, statement
from evidence.packs.verification.ahead import look_ahead
from evidence.packs.verification.proven import Proven
from evidence.seals.interface import TimestampAuthority

Members = dict[str, bag.Source]


@dataclass(frozen=True, slots=True)
class Signed:
    """All members of a pack."""

    members: Members
    about: Circumstances
    """With what became of the time stamp."""
    proven: Proven
    """What was found of the tables meanwhile."""


@dataclass(frozen=True, slots=True)
class Signing:
    """What members are made of beside the data files."""

    sealing: Sealing
    place: Place
    told: Account
    changes: Sequence[TableChange] | None
    shelf: Shelf
    """What the report was made of is let go of while its pages are set."""

    def signed(self, data: Mapping[str, bag.Source], about: Circumstances, folder: Path) -> Signed:
        """All members; the tables among `data` are looked at while pages are set, their content lies in `folder`. Raises RenderError, SealError."""
        folder.mkdir()
        with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
            ahead = pool.submit(look_ahead, data, self.told.rows, folder)
            members, told = self._stamped(data, about)
            return Signed(members, told, ahead.result())

    def _stamped(self, data: Mapping[str, bag.Source], about: Circumstances) -> tuple[Members, Circumstances]:
        """All members; without a stamp, and saying so, where the authority gives none."""
        authority = self.sealing.authority
        if authority is None:
            return self._members(data, None, about), about
        stamped = replace(about, time_stamp=TimeStampState(authority.url, None))
        try:
            return self._members(data, authority, stamped), stamped
        except TimestampError as error:
            failed = replace(about, time_stamp=TimeStampState(authority.url, _one_line(error)))
            return self._members(data, None, failed), failed

    def _members(
        self, data: Mapping[str, bag.Source], authority: TimestampAuthority | None, about: Circumstances
    ) -> Members:
        sealed_at, signer = about.sealed_at, self.sealing.signer
        text = how_to_verify(
            self.place.pack_id,
            signer.identity.fingerprint_sha256,
            time_stamped=authority is not None,
            development=signer.identity.development,
            calls=about.calls,
            drills=drills_by_hand(self.place, {path: bag.digest(source) for path, source in data.items()}),
        )
        payload = {**data, bag.REPORT: signer.sign_pdf(self._report(data, about, text), sealed_at, authority)}
        tags = bag.tag_files(
            self.place.pack_id,
            payload,
            statement=statement(self.place, about, self.told.selection, self.told.judged, self.told.rows),
            how_to_verify=text,
            organisation=self.sealing.organisation,
            bagging_date=sealed_at.date(),
        )
        signed = tags[bag.TAG_MANIFEST]
        seals = {bag.SIGNATURE: signer.sign_detached(signed, sealed_at, authority)}
        if authority is not None:
            seals[bag.STAMP] = authority.stamp(signed)
        return {**payload, **tags, **seals}

    def _report(self, data: Mapping[str, bag.Source], about: Circumstances, text: str) -> bytes:
        """The report's pages, not yet signed."""
        digests = {path: bag.digest(source) for path, source in data.items()}
        report = describe(self.place, about, self.told, digests, text, self.changes)
        self.shelf.rest()
        return self.sealing.renderer.pdf(report)


def _one_line(error: TimestampError) -> str:
    told = ": ".join(part for part in (error.message.rstrip("."), error.cause.rstrip(".")) if part)
    return " ".join(told.split())
