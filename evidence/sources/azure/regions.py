"""Which region an Azure region is paired with: there a vault's cross-region restores run.

Source: the list of Azure regions in Microsoft's documentation (articles/reliability/regions-list and
cross-region-replication-azure), and the pairs that Azure CLI takes for `--use-secondary-region`. Invariant: a region without an
entry has no known pair; none is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_MUTUAL: Final = (
    ("australiacentral", "australiacentral2"),
    ("australiaeast", "australiasoutheast"),
    ("canadacentral", "canadaeast"),
    ("centralindia", "southindia"),
    ("centralus", "eastus2"),
    ("centraluseuap", "eastus2euap"),
    ("chinaeast", "chinanorth"),
    ("chinaeast2", "chinanorth2"),
    ("chinaeast3", "chinanorth3"),
    ("eastasia", "southeastasia"),
    ("eastus", "westus"),
    ("francecentral", "francesouth"),
    ("germanynorth", "germanywestcentral"),
    ("japaneast", "japanwest"),
    ("jioindiacentral", "jioindiawest"),
    ("koreacentral", "koreasouth"),
    ("northcentralus", "southcentralus"),
    ("northeurope", "westeurope"),
    ("norwayeast", "norwaywest"),
    ("southafricanorth", "southafricawest"),
    ("swedencentral", "swedensouth"),
    ("switzerlandnorth", "switzerlandwest"),
    ("uaecentral", "uaenorth"),
    ("uksouth", "ukwest"),
    ("usdodcentral", "usdodeast"),
    ("usgovarizona", "usgovtexas"),
    ("westcentralus", "westus2"),
)
_ONE_WAY: Final = (
    ("brazilsouth", "southcentralus"),
    ("brazilsoutheast", "brazilsouth"),
    ("usgoviowa", "usgovvirginia"),
    ("usgovvirginia", "usgovtexas"),
    ("westindia", "southindia"),
    ("westus3", "eastus"),
)
"""Regions whose partner has another partner."""

PAIRS: Final[Mapping[str, str]] = dict((*_MUTUAL, *((second, first) for first, second in _MUTUAL), *_ONE_WAY))


def paired_region(region: str | None) -> str | None:
    """The paired region's name as Azure's addresses write it; None where none is known."""
    return PAIRS.get((region or "").replace(" ", "").lower())
