"""Another key seals: announced, signed by both where both are there, and what the old one sealed verifies as before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.errors import ConfigurationError, RefusedError
from evidence.ledger.entries import Draft, EntryKind
from evidence.ledger.rotations import rotations, standing_signer
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.period import span_period
from evidence.packs.rotation import BY_PREVIOUS, SIGNATURE, STATEMENT, HandingOver, refuse_unannounced, rotate
from evidence.packs.scope import PackScope
from evidence.packs.verification import Trust, verify_pack
from evidence.seals.envelope import read_detached
from evidence.seals.interface import Signer
from tests.fakes.authority import FakeAuthority
from tests.fakes.bench import NIGHT, Bench
from tests.fakes.certificates import issue, trade
from tests.fakes.memory_store import Stopped
from tests.fakes.packing import FailingAuthority, sealing
from tests.fakes.packs import signer_of, the_signer
from tests.packs.checkpoints.desk import archive, desk, night_packs


def new_signer() -> Signer:
    return signer_of(issue("Signer of next year", trade().issuing, serial=91, key_name="other signer"), trade().issuing)


def handing(bench: Bench, *, previous: Signer | None = None, signer: Signer | None = None) -> HandingOver:
    return HandingOver(signer or new_signer(), previous, FakeAuthority(bench.clock.now), "yearly change")


def test_the_new_key_states_it_and_the_old_one_signs_too() -> None:
    bench = desk()
    old, new = the_signer().identity.fingerprint_sha256, new_signer().identity.fingerprint_sha256
    assert standing_signer(bench.parts.ledger.entries()) == old
    done = rotate(bench.parts, handing(bench, previous=the_signer()))
    assert (done.previous_fingerprint_sha256, done.fingerprint_sha256, done.countersigned) == (old, new, True)
    assert standing_signer(bench.parts.ledger.entries()) == new
    files = {one.path.rpartition("/")[2]: bench.store.read(one.path) for one in done.entry.objects}
    by_new = read_detached(files[SIGNATURE], files[STATEMENT])
    assert by_new.identity.fingerprint_sha256 == new
    assert by_new.stamp is not None
    assert read_detached(files[BY_PREVIOUS], files[STATEMENT]).identity.fingerprint_sha256 == old


def test_a_key_is_never_exchanged_in_silence() -> None:
    bench = desk()
    entries = bench.parts.ledger.entries()
    refuse_unannounced(entries, the_signer().identity)
    refuse_unannounced([], new_signer().identity)
    with pytest.raises(RefusedError, match="knows another signer") as error:
        refuse_unannounced(entries, new_signer().identity)
    assert error.value.exit_code == 8
    rotate(bench.parts, handing(bench))
    refuse_unannounced(bench.parts.ledger.entries(), new_signer().identity)
    with pytest.raises(RefusedError):
        refuse_unannounced(bench.parts.ledger.entries(), the_signer().identity)


@pytest.mark.slow
def test_packs_of_both_keys_verify_by_the_authority_and_each_by_its_fingerprint(tmp_path: Path) -> None:
    bench = desk()
    first = night_packs(bench)[0]
    rotate(bench.parts, handing(bench))
    tools = replace(sealing(bench), signer=new_signer())
    second = build_pack(bench.parts, tools, PackOrder("audit", PackScope("all"), span_period(NIGHT, NIGHT))).pack
    files = [archive(bench, pack, tmp_path) for pack in (first, second)]
    for file in files:
        assert verify_pack(file, Trust(authorities=(trade().root.der,))).ok
    prints = [the_signer().identity.fingerprint_sha256, new_signer().identity.fingerprint_sha256]
    found = [[verify_pack(file, Trust(one)).ok for one in prints] for file in files]
    assert found == [[True, False], [False, True]]


def test_with_the_authority_down_it_is_recorded_all_the_same() -> None:
    bench = desk()
    done = rotate(bench.parts, replace(handing(bench), authority=FailingAuthority()))
    assert not done.countersigned
    files = {one.path.rpartition("/")[2]: bench.store.read(one.path) for one in done.entry.objects}
    assert read_detached(files[SIGNATURE], files[STATEMENT]).stamp is None
    assert BY_PREVIOUS not in files


def test_what_is_no_rotation_is_refused() -> None:
    bench = desk()
    for wrong, said in (
        (handing(bench, signer=the_signer()), "seals already"),
        (handing(bench, previous=new_signer()), "not the one that sealed"),
    ):
        with pytest.raises(RefusedError, match=said):
            rotate(bench.parts, wrong)
    gone = issue("Gone", trade().issuing, not_after=bench.clock.moment - timedelta(days=1), serial=92)
    with pytest.raises(RefusedError, match="expired"):
        rotate(bench.parts, handing(bench, signer=signer_of(gone, trade().issuing)))
    with pytest.raises(RefusedError, match="Nothing was sealed"):
        rotate(Bench().parts, handing(bench))
    assert rotations(bench.parts.ledger.entries()) == ()


@pytest.mark.parametrize("write", range(4))
def test_a_crash_leaves_orphans_and_the_next_try_rotates(write: int) -> None:
    bench = desk()
    bench.memory.run_on()
    bench.memory.stop_before = write
    with pytest.raises(Stopped):
        rotate(bench.parts, handing(bench))
    bench.memory.run_on()
    rotate(bench.parts, handing(bench))
    assert len(rotations(bench.parts.ledger.entries())) == 1


def test_of_two_at_once_one_is_recorded() -> None:
    bench = desk()
    other = Bench(store=bench.store, clock=bench.clock, chance=lambda size: b"\x66" * size)

    class Slow:
        url = "memory:slow"

        def stamp(self, data: bytes) -> bytes:
            rotate(other.parts, handing(other))
            return FakeAuthority(bench.clock.now).stamp(data)

    with pytest.raises(RefusedError, match="meanwhile"):
        rotate(bench.parts, replace(handing(bench), authority=Slow()))
    assert len(rotations(bench.parts.ledger.entries())) == 1


def test_an_entry_that_cannot_be_folded_is_never_written() -> None:
    bench = desk()
    good = rotate(bench.parts, handing(bench)).entry
    for change in ({"reason": ""}, {"countersigned": 1}, {"fingerprint_sha256": "x"}, {"not_after": "soon"}):
        draft = Draft(EntryKind.KEY_ROTATED, good.at, "x", good.subject, {**good.payload, **change}, good.objects)
        with pytest.raises(ConfigurationError):
            bench.parts.ledger.append(draft)
