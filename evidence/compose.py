"""Settings to parts: the one place that command, portal and pipelines get their store, seals and sources from.

Invariant: what is configured and cannot be had is an error here, before anything is asked or written; nothing falls
back to a weaker mode.
"""

from __future__ import annotations

import getpass
import os
import secrets
from dataclasses import dataclass, replace
from datetime import date, time
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from evidence.addresses import is_loopback
from evidence.clocks import Clock, SimulatorClock, SystemClock
from evidence.drills.classify import ClassifyRules
from evidence.drills.configured import classify_rules
from evidence.errors import ConfigurationError, RefusedError
from evidence.ledger.ledger import Ledger
from evidence.nights import Calendar
from evidence.notify.owners import Owners
from evidence.notify.owners_file import load_owners
from evidence.packs.checkpoints.open_target import open_target
from evidence.packs.checkpoints.target import Target
from evidence.packs.controls.reading import ControlMap, load_control_map, shipped_control_map
from evidence.packs.interface import Renderer
from evidence.packs.oversight.access import access_of
from evidence.packs.oversight.reading import Oversight
from evidence.packs.oversight.reviews import ReviewRule
from evidence.packs.restore_drills.in_scope import DrillRules
from evidence.packs.scope import PackScope
from evidence.packs.sealing import Sealing
from evidence.runs.approved import ApprovedPopulation, load_approved
from evidence.runs.drills.population import PopulationRules
from evidence.runs.judging.rules import JudgementRules, judgement_rules
from evidence.runs.office import open_office
from evidence.runs.outbox import Office
from evidence.runs.parts import Parts
from evidence.runs.population import known_before
from evidence.runs.retention.configured import guardian_of, truth_tester_of
from evidence.runs.retention.protecting import Guardian
from evidence.runs.retention.register import Keeper
from evidence.runs.retention.truth import TruthTester
from evidence.runs.rules_then import InUse
from evidence.seals.interface import Signer, TimestampAuthority
from evidence.settings import (
    Configuration,
    LocalStore,
    Settings,
    StoreSettings,
    load_configuration,
)
from evidence.settings.signing import KeyVaultSigning, Pkcs12Signing
from evidence.sources.interface import ExaminableSource
from evidence.sources.known import Known
from evidence.stores.keeping import KeepingStore
from evidence.stores.opening import open_store
from evidence.version import code_version

if TYPE_CHECKING:
    from evidence.runs.watch.look import Watching
    from evidence.sources.azure.options import AzureOptions

CONFIG_VARIABLE = "BACKUP_EVIDENCE_CONFIG"
DEFAULT_CONFIG = Path("evidence.yaml")


def find_configuration(path: Path | None = None) -> Configuration:
    """The configuration named, or by the environment, or `evidence.yaml` here; raises ConfigurationError."""
    named = os.environ.get(CONFIG_VARIABLE)
    return load_configuration(path or (Path(named) if named else DEFAULT_CONFIG))


@dataclass(frozen=True)
class Composition:
    """The parts that a configuration describes; each is made when it is first used."""

    configuration: Configuration

    @property
    def settings(self) -> Settings:
        """What is configured."""
        return self.configuration.settings

    @cached_property
    def clock(self) -> Clock:
        """The system's clock, or the simulator's, which only a DEVELOPMENT key may sign under."""
        endpoint = self.settings.azure.endpoint
        if self.settings.clock == "system":
            return SystemClock()
        if endpoint is None or not is_loopback(endpoint) or not self.signer.identity.development:
            raise RefusedError(
                "The clock `simulator` needs a loopback endpoint and a DEVELOPMENT key.",
                cause="Evidence under a made-up time must not look like evidence.",
                next_step="Set `clock: system`, or make development keys with `backup-evidence keys init`.",
            )
        return SimulatorClock(endpoint)

    @cached_property
    def calendar(self) -> Calendar:
        """What a night is."""
        hours, minutes = self.settings.night_starts_at.split(":")
        return Calendar(self.settings.time_zone, time(int(hours), int(minutes)))

    @cached_property
    def store(self) -> KeepingStore:
        """Where evidence rests."""
        return self._store(self.settings.store)

    def _store(self, settings: StoreSettings) -> KeepingStore:
        return open_store(settings, self.configuration.resolve)

    def targets(self) -> tuple[Target, ...]:
        """Where checkpoints are sent, by name; raises ConfigurationError where one is the store itself, or lacks its secret."""
        return tuple(
            open_target(name, settings, self.configuration, self.clock.now, self._store, self.store)
            for name, settings in sorted(self.settings.checkpoint.publish.items())
        )

    def replica(self, name: str) -> KeepingStore:
        """A second store that evidence is copied to; raises ConfigurationError for a name that is not configured."""
        settings = self.settings.replicas.get(name)
        if settings is None:
            known = ", ".join(sorted(self.settings.replicas)) or "none"
            raise ConfigurationError(
                f"There is no replica `{name}`.", next_step=f"Configured under `replicas`: {known}."
            )
        return self._store(settings)

    def place(self, path: str) -> Path | str:
        """Where a person finds an object: a file in a folder, a name in a container."""
        store = self.settings.store
        return self.configuration.resolve(store.path) / path if isinstance(store, LocalStore) else path

    @cached_property
    def ledger(self) -> Ledger:
        """The store's ledger; what an entry names is protected as soon as the entry was read back."""
        return Ledger(self.store, self.guardian)

    @cached_property
    def guardian(self) -> Guardian | None:
        """What protects sealed objects; None where nothing is configured to be set."""
        return guardian_of(self.keeper, self.store, self.settings.store)

    @property
    def truth_tester(self) -> TruthTester:
        """What tests the store against its register."""
        return truth_tester_of(self.parts, self.store, self.settings)

    @cached_property
    def approved(self) -> ApprovedPopulation | None:
        """The approved list of what is expected, where one is configured."""
        path = self.settings.population
        return None if path is None else load_approved(self.configuration.resolve(path))

    @cached_property
    def control_map(self) -> ControlMap:
        """Which controls the claims of packs bear on: the configured map, or the one that is shipped."""
        path = self.settings.controls
        return shipped_control_map() if path is None else load_control_map(self.configuration.resolve(path))

    @cached_property
    def owners(self) -> Owners | None:
        """Who owns what, where an owners file is configured; raises ConfigurationError."""
        path = self.settings.owners
        return None if path is None else load_owners(self.configuration.resolve(path))

    @property
    def office(self) -> Office | None:
        """By whom and over what people are told; None where there are no owners. No secret is read yet."""
        return open_office(self.settings, self.configuration.resolve, self.owners, self.clock.now)

    @property
    def keeper(self) -> Keeper:
        """What the register of kept evidence is read with."""
        return Keeper(self.store, self.calendar, self.settings.retention, self.configuration.sha256)

    @property
    def judgement(self) -> JudgementRules:
        """By what nights are judged."""
        return judgement_rules(self.settings)

    @property
    def classify_rules(self) -> ClassifyRules:
        """By what restores are known for drills; those who test are persons of the store's tenant."""
        opened = self.ledger.entries()
        return classify_rules(self.settings.drills, str(opened[0].payload["tenant"]) if opened else "")

    @property
    def rules_in_use(self) -> InUse:
        """The rules configured today, with the configuration that gives them."""
        return InUse(self.configuration.sha256, self.judgement)

    def drill_rules(self, scope: str | None = None) -> PopulationRules:
        """By what items are told that drills are drawn from; raises ConfigurationError for a scope that there is not."""
        settings = self.settings
        rules = PopulationRules(settings.drills, settings.tiers, self.approved)
        return rules if scope is None else replace(rules, holds=self.scope(scope).holds)

    @cached_property
    def parts(self) -> Parts:
        """What runs work with."""
        return Parts(
            store=self.store,
            ledger=self.ledger,
            clock=self.clock,
            calendar=self.calendar,
            entropy=secrets.token_bytes,
            configuration_sha256=self.configuration.sha256,
            code_version=code_version(),
            actor=f"backup-evidence/{_user()}",
            approved=self.approved,
            judgement=self.judgement,
            owners=self.owners,
            workers=self.settings.azure.workers,
        )

    @cached_property
    def source(self) -> ExaminableSource:
        """Azure, as configured."""
        from evidence.sources.azure.source import azure_source

        return azure_source(self._azure_options, self.clock, known_before=self._known_before)

    @cached_property
    def watching(self) -> Watching:
        """What looks between nights are made with; it remembers what Azure told of its budgets."""
        from evidence.runs.watch.asking import Asking
        from evidence.runs.watch.look import Watching
        from evidence.sources.azure.configured import for_watching
        from evidence.sources.azure.source import azure_source

        watch, workers = self.settings.watch, self.settings.azure.workers
        source = azure_source(for_watching(self._azure_options, watch), self.clock)
        asking = Asking(source, watch.seconds, workers, monotonic)
        return Watching(asking, watch.reach, self.configuration.raw)

    @property
    def _azure_options(self) -> AzureOptions:
        from evidence.sources.azure.configured import options_of

        return options_of(self.settings.azure, self.settings.tiers)

    def _known_before(self, night: date) -> Known:
        return known_before(self.store, self.ledger.entries(), night, self.approved)

    @cached_property
    def signer(self) -> Signer:
        """Who seals; a DEVELOPMENT key only where it is allowed."""
        from evidence.seals.certificates import refuse_development

        signer = self._signer()
        if not (self.settings.signing.development or is_loopback(self.settings.azure.endpoint)):
            refuse_development(signer.identity)
        return signer

    def _signer(self) -> Signer:
        signing, resolve = self.settings.signing, self.configuration.resolve
        if isinstance(signing, KeyVaultSigning):
            from evidence.seals.key_vault import open_key_vault_signer
            from evidence.stores.credentials import identity_credential

            credential = identity_credential(signing.credential)
            return open_key_vault_signer(signing.key_id, resolve(signing.certificate), credential)
        if isinstance(signing, Pkcs12Signing):
            from evidence.seals.pkcs12 import load_pkcs12_signer

            return load_pkcs12_signer(resolve(signing.file), passphrase=_secret(resolve(signing.passphrase_file)))
        from evidence.seals.pem import load_pem_signer

        passphrase = _secret(resolve(signing.passphrase_file)) if signing.passphrase_file else None
        return load_pem_signer(resolve(signing.key), resolve(signing.certificate), passphrase=passphrase)

    @cached_property
    def sealing_signer(self) -> Signer:
        """The same, where it is the one who seals by the ledger; raises RefusedError for another."""
        from evidence.packs.rotation import refuse_unannounced

        refuse_unannounced(self.ledger.entries(), self.signer.identity)
        return self.signer

    @cached_property
    def authority(self) -> TimestampAuthority | None:
        """Who stamps, or None where no authority is configured."""
        if self.settings.timestamp is None:
            return None
        from evidence.seals.timestamp import HttpTimestampAuthority

        return HttpTimestampAuthority(self.settings.timestamp.url)

    def sealing(self, renderer: Renderer) -> Sealing:
        """What packs are sealed with."""
        retention = self.settings.retention
        return Sealing(
            signer=self.sealing_signer,
            authority=self.authority,
            renderer=renderer,
            organisation=self.settings.organisation,
            keep_years=int(retention.default.removesuffix("y")),
            audit_year_starts=retention.audit_year_starts,
            controls=self.control_map,
            oversight=self.oversight,
            tiers=self.settings.tiers,
            drills=DrillRules(self.settings.drills, self.settings.tiers),
        )

    @property
    def oversight(self) -> Oversight:
        """What is asked of people, and how it is read who may write."""
        settings = self.settings
        return Oversight(self.review_rule, access_of(settings.store, settings.signing, self.configuration.resolve))

    @property
    def review_rule(self) -> ReviewRule:
        """Which packs must be reviewed, and how soon."""
        return ReviewRule(self.settings.reviews.due_days, self.settings.reviews.kinds)

    def scope(self, name: str) -> PackScope:
        """A configured scope; raises ConfigurationError for another name."""
        scope = self.settings.scopes.get(name)
        if scope is None:
            raise ConfigurationError(
                f"There is no scope `{name}`.", next_step=f"Configured: {', '.join(sorted(self.settings.scopes))}."
            )
        return PackScope(name, scope.regions, scope.subscriptions, scope.vaults)

    def scopes(self) -> tuple[PackScope, ...]:
        """All configured scopes, by name."""
        return tuple(self.scope(name) for name in sorted(self.settings.scopes))


def _secret(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise ConfigurationError(f"The secret {path} cannot be read.", cause=error.strerror or str(error)) from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"  # a container's user often has no name
