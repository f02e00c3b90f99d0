"""The table of attacks in docs/threat-model.md, made by trying each of them on both packs.

Not here: the attacks (`catalogue`), the judges. Invariant: no cell is written by hand; what differs between the two packs is said.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from evidence.packs import bag
from evidence.packs.verification import Held, verify_pack
from tests.attacks.catalogue import CONTROL, Attack, attacks
from tests.attacks.judges import JUDGES, bring
from tests.attacks.worlds import KINDS, Target, target, world
from tests.fakes.packs import write_folder, write_pack
from tests.packs.checkpoints.desk import TRUST

BEGIN, END = "<!-- attacks: made by tools/attack_table.py -->", "<!-- end of attacks -->"
OURS, HELD = "verify", "verify with a held checkpoint"
YES, NO, GONE = "**tells**", "passes", "–"


def handed_over(attack: Attack, target: Target, folder: Path) -> Path:
    """The ZIP that the attacker hands over; the unpacked pack where no ZIP of ours can hold its names."""
    if attack.zipped is not None:
        folder.mkdir(parents=True, exist_ok=True)
        return attack.zipped(target, folder)
    members = attack.apply(target)
    write = write_pack if all(map(bag.is_safe, members)) else write_folder
    return write(folder, members, target.pack.pack_id)


def found(attack: Attack, kind: str, folder: Path) -> Mapping[str, bool | None]:
    """What each judge finds in a pack: whether it tells that something is wrong; None where it has nothing to look at."""
    aim = target(kind)
    file = handed_over(attack, aim, folder / "zip")
    told: dict[str, bool | None] = {OURS: not verify_pack(file, TRUST).ok}
    told[HELD] = not verify_pack(file, TRUST, held=_held(kind, folder)).ok
    unpacked = write_folder(folder / "folder", attack.apply(aim), aim.pack.pack_id) if attack.zipped is None else None
    bring(folder / "folder" if unpacked else folder)
    return told | {name: judge(unpacked) if unpacked else None for name, judge in JUDGES.items()}


def _held(kind: str, folder: Path) -> Held:
    return world().held(kind, folder / "held")


def rows() -> Iterator[tuple[Attack, Mapping[str, Mapping[str, bool | None]]]]:
    """Each attack, the control first, with what was found in the pack of each kind."""
    for attack in (CONTROL, *attacks()):
        each = {}
        for kind in KINDS:
            with tempfile.TemporaryDirectory(prefix="backup-evidence-attack-") as folder:
                each[kind] = found(attack, kind, Path(folder))
        yield attack, each


def table() -> str:
    """The table as Markdown."""
    judges = (OURS, HELD, *JUDGES)
    head = ["attack", "by", *(f"`{one}`" if one in JUDGES or one == OURS else one for one in judges)]
    lines = [_line(head), _line(["---"] * len(head))]
    for attack, each in rows():
        who = "" if attack is CONTROL else attack.who.value
        lines.append(_line([attack.name, who, *(_cell(each, judge) for judge in judges)]))
    return "\n".join(lines)


def _cell(each: Mapping[str, Mapping[str, bool | None]], judge: str) -> str:
    words = {kind: {True: YES, False: NO, None: GONE}[told[judge]] for kind, told in each.items()}
    same = set(words.values())
    return same.pop() if len(same) == 1 else ", ".join(f"{kind}: {word}" for kind, word in words.items())


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def placed(text: str, made: str) -> str:
    """A document with the table between its marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("The document has no place for the table of attacks.")
    return f"{before}{BEGIN}\n{made}\n{END}{after}"
