"""Time zone names as policies tell them to IANA zones: Windows names by the mapping of Unicode CLDR, IANA names as they are.

Not here: run times in a zone (`times`). Invariant: a name that is not known gives None; never UTC by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

FILE = "windows_zones.tsv"


def iana_zone(name: str) -> str | None:
    """The IANA zone of a Windows or IANA name, found whatever its case; None where the name is not known."""
    wanted = name.strip().casefold()
    return windows_zones().get(wanted) or _iana_names().get(wanted)


@cache
def windows_zones() -> Mapping[str, str]:
    """IANA zones by folded Windows name."""
    text = files("evidence.assess.slots").joinpath(FILE).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {name.casefold(): zone for name, zone in rows}


@cache
def zone_info(name: str) -> ZoneInfo:
    """The zone of an IANA name that `iana_zone` gave."""
    return ZoneInfo(name)


@cache
def _iana_names() -> Mapping[str, str]:
    return {name.casefold(): name for name in sorted(available_timezones())}
