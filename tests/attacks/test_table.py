"""Every attack of the catalogue on a night's and on a quarter's pack: `verify` names what is wrong, and the table in the docs is what a run finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.packs.verification import verify_pack
from tests.attacks.catalogue import CONTROL, Attack, anchor, attacks
from tests.attacks.judges import JUDGES, TOOLS
from tests.attacks.table import END, found, handed_over, placed, table
from tests.attacks.verdicts import assert_caught, assert_genuine
from tests.attacks.worlds import KINDS, target, world
from tests.fakes.tools import needs
from tests.packs.checkpoints.desk import TRUST
from tests.paths import ROOT

EVERY = [pytest.param(one, id=anchor(one.name)) for one in attacks()]


# The quick suite holds a pack made by hand (`test_good_pack`) and checkpoints beside built ones (`tests/packs/checkpoints`).
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_untouched_pack_passes_alone_and_with_what_is_held(kind: str, tmp_path: Path) -> None:
    file = handed_over(CONTROL, target(kind), tmp_path)
    assert_genuine(verify_pack(file, TRUST))
    assert_genuine(verify_pack(file, TRUST, held=world().held(kind, tmp_path / "held")))


@pytest.mark.slow
@pytest.mark.parametrize("attack", EVERY)
# The quick suite tries most of them on a night's pack that is not built by the product (`test_attacks`).
@pytest.mark.parametrize("kind", KINDS)
def test_each_attack_is_told_by_verify(kind: str, attack: Attack, tmp_path: Path) -> None:
    file = handed_over(attack, target(kind), tmp_path)
    alone = verify_pack(file, TRUST)
    if not attack.alone:
        # What the signer signs passes by itself; that is why checkpoints leave the organisation.
        assert_genuine(alone)
        alone = verify_pack(file, TRUST, held=world().held(kind, tmp_path / "held"))
    if attack.file is None:
        assert alone.exit_code == 7
    else:
        assert_caught(alone, attack.file)


@pytest.mark.slow
@needs(*TOOLS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_tool_passes_the_untouched_pack(kind: str, tmp_path: Path) -> None:
    assert found(CONTROL, kind, tmp_path) == dict.fromkeys(found(CONTROL, kind, tmp_path / "again"), False)
    assert set(JUDGES) < set(found(CONTROL, kind, tmp_path / "more"))


@needs(*TOOLS)
@pytest.mark.slow
def test_the_table_in_the_docs_is_what_a_run_finds() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text()
    assert END in text
    assert placed(text, table()) == text, "run: .venv/bin/python -m tools.attack_table"
