"""The list of vaults of each subscription: the one vault that its group is about.

The only elements that are not Azure's own stand here: a vault without any recorded body is listed with id, name and type alone.
Its own path still answers `NotRecorded`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from simulator.recorded.elements import Element, element_of
from simulator.recorded.groups import Group
from simulator.recorded.kinds import VAULTS
from simulator.recorded.lists import compose
from simulator.recorded.manifest import GroupKey

_LIST = re.compile(
    r"/subscriptions/[^/]+(?:/resourcegroups/(?P<group>[^/]+))?"
    r"/providers/(?P<type>microsoft\.recoveryservices/vaults|microsoft\.dataprotection/backupvaults)"
)


class VaultLists:
    """Vault elements of all groups; lists of vaults that were recorded above vaults are looked into."""

    def __init__(self, groups: Mapping[GroupKey, Group]) -> None:
        self._groups = groups

    def listed(self, group: Group, path: str) -> Sequence[Element] | None:
        """Vaults that a list path gives in a vault's subscription; None if it is no such path.

        Empty for the other kind of vault: by this world's make, a subscription holds one vault.
        """
        asked = _LIST.fullmatch(path)
        if asked is None or group.vault is None:
            return None
        vault_id, _, vault_type = group.vault
        if asked["group"] not in (None, vault_id.lower().split("/")[4]):
            return None
        return (self.element(group),) if asked["type"] == vault_type.lower() else ()

    def element(self, group: Group) -> Element:
        """The vault as recorded, or id, name and type of it."""
        return self.recorded(group) or self._made(group)

    def recorded(self, group: Group) -> Element | None:
        """The vault's last own body, else its element in a list of the same recording."""
        if group.vault is None:
            return None
        own = group.final.get(group.vault[0].lower())
        if own is not None and own.status == 200:
            return element_of(group.body(own).decode(), from_list=False)
        return self._from_list(group, group.vault[0])

    def _from_list(self, group: Group, vault_id: str) -> Element | None:
        above = self._groups.get(group.key._replace(vault=None))
        if above is None:
            return None
        path = f"/subscriptions/{above.subscription_id}/providers/microsoft.recoveryservices/vaults"
        wanted = vault_id.lower().replace(group.subscription_id, above.subscription_id)
        found = (vault for vault in compose(above, VAULTS, path) if vault.identity == wanted)
        moved = (vault.raw.replace(above.subscription_id, group.subscription_id) for vault in found)
        return next((element_of(raw, from_list=True) for raw in moved), None)

    def _made(self, group: Group) -> Element:
        vault_id, name, vault_type = group.vault or ("", "", "")
        return element_of(json.dumps({"id": vault_id, "name": name, "type": vault_type}), from_list=True)
