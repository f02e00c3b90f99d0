"""Which vaults a pack is about, and how that is said on its cover."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from evidence.records import Vault

_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class PackScope:
    """A named choice of vaults; an empty list restricts nothing."""

    name: str
    regions: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()
    vaults: tuple[str, ...] = ()

    def holds(self, vault: Vault) -> bool:
        """Whether a vault is in scope; one of unknown region is, so that it cannot slip out unseen."""
        return self._region(vault) and self._subscription(vault) and self._name(vault)

    def chosen(self, vaults: Iterable[Vault]) -> tuple[Vault, ...]:
        """The vaults in scope, by id."""
        return tuple(sorted((one for one in vaults if self.holds(one)), key=lambda one: one.vault_id))

    def holds_subscription(self, subject_id: str) -> bool:
        """Whether vaults of a subscription (`/subscriptions/<id>`) can be in scope."""
        return not self.subscriptions or subject_id.casefold() in self.subscription_ids()

    def subscription_ids(self) -> frozenset[str]:
        """The subscriptions that the scope names, as `/subscriptions/<id>`."""
        return frozenset(f"/subscriptions/{one.casefold()}" for one in self.subscriptions)

    def unmatched(self, vaults: Iterable[Vault]) -> tuple[str, ...]:
        """Vaults that the scope names, not by a pattern, and that are not among those given."""
        known = {text for vault in vaults for text in (vault.name.casefold(), vault.vault_id.casefold())}
        return tuple(name for name in self.vaults if not _WILD.search(name) and name.casefold() not in known)

    def sentences(self) -> tuple[str, ...]:
        """What is in scope, for the cover."""
        said = [
            f"{word}: {', '.join(values)}."
            for word, values in (
                ("Regions", self.regions),
                ("Subscriptions", self.subscriptions),
                ("Vaults", self.vaults),
            )
            if values
        ]
        return tuple(said) or ("All vaults of the configured subscriptions.",)

    def _region(self, vault: Vault) -> bool:
        return (
            not self.regions
            or vault.region is None
            or vault.region.casefold() in {one.casefold() for one in self.regions}
        )

    def _subscription(self, vault: Vault) -> bool:
        return not self.subscriptions or vault.subscription_id.casefold() in {
            one.casefold() for one in self.subscriptions
        }

    def _name(self, vault: Vault) -> bool:
        patterns = [one.casefold() for one in self.vaults]
        return not patterns or any(
            fnmatchcase(text, pattern) for pattern in patterns for text in (vault.name.casefold(), vault.vault_id)
        )
