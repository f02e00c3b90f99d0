from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.addresses import is_loopback
from evidence.errors import ConfigurationError
from evidence.plain_yaml import LARGEST_FILE
from evidence.settings import (
    AzureBlobStoreSettings,
    FileSigning,
    LocalStore,
    Settings,
    load_configuration,
    parse_settings,
)
from tests.strategies import json_values, texts

LEAST = "azure:\n  subscriptions: [s-1]\n"


def parsed(text: str | bytes) -> Settings:
    return parse_settings(text if isinstance(text, bytes) else text.encode(), "e.yaml")


def refusal(text: str | bytes) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parsed(text)
    return "\n".join(caught.value.diagnostics())


def test_everything_but_azure_has_a_default() -> None:
    found = parsed(LEAST)
    assert found.organisation == "Organisation"
    assert (found.time_zone, found.night_starts_at) == ("UTC", "06:00")
    assert found.store == LocalStore(path=Path("evidence-store"))
    assert list(found.scopes) == ["all"]
    assert (found.automation, found.clock, found.timestamp) == (False, "system", None)
    assert (found.retention.default, found.retention.audit_year_starts) == ("1y", "01-01")


def test_the_documented_example_is_valid() -> None:
    found = parsed(
        """
organisation: Contoso
time_zone: Europe/Berlin
night_starts_at: "06:00"
azure:
  cloud: public
  credential: default
  subscriptions: [00000000-0000-0000-0000-000000000000]
  vaults: {include: ["*"], exclude: ["*-sandbox"]}
store: {kind: azure_blob, account_url: "https://x.blob.core.windows.net", container: evidence}
signing: {kind: file, key: k, certificate: c}
timestamp: {url: "http://timestamp.example/tsa"}
scopes: {all: {}, eu: {regions: [westeurope]}}
first_night: 2026-01-01
automation: on
clock: system
retention: {default: 7y, audit_year_starts: "04-01"}
"""
    )
    assert isinstance(found.store, AzureBlobStoreSettings)
    assert found.automation is True
    assert found.first_night == date(2026, 1, 1)
    assert found.scopes["eu"].regions == ("westeurope",)


@pytest.mark.parametrize("text", ["store: {path: x}", "store: {}"])
def test_a_store_without_kind_is_a_folder(text: str) -> None:
    assert isinstance(parsed(LEAST + text).store, LocalStore)


MISTAKES = [
    ("organisaton: x", 3, "organisaton: is not a setting of this version"),
    ("tiers: 5", 3, "tiers: "),
    ("tiers: [{tier: 0}]", 3, "tiers.0.match: "),
    ("tiers: [{match: {}, tier: 0}]", 3, "tiers.0.match: needs one of name, vault, region, workload"),
    ("tiers: [{match: {name: a, colour: b}, tier: 0}]", 3, "tiers.0.match.colour: is not a setting of this version"),
    ("tiers: [{match: {name: ''}, tier: 0}]", 3, "tiers.0.match.name"),
    ("tiers: [{match: {name: a}, tier: 10}]", 3, "tiers.0.tier"),
    ("tiers: [{match: {name: a}, tier: yes}]", 3, "tiers.0.tier"),
    ("tiers: [{match: {name: a}, tier: 0, rpo: 24}]", 3, "tiers.0.rpo: must be a span"),
    ("tiers: [{match: {name: a}, tier: 0, rto: 0h}]", 3, "tiers.0.rto: must be a span"),
    ("organisation: 5", 3, "organisation:"),
    ("organisation: ''", 3, "organisation:"),
    ("organisation: '   '", 3, "organisation:"),
    ('organisation: "a\\nb"', 3, "cannot be printed"),
    ("organisation: " + "x" * 201, 3, "organisation:"),
    ("time_zone: Europe/Atlantis", 3, "is no IANA time zone"),
    ("time_zone: CEST", 3, "is no IANA time zone"),
    ("time_zone: +02:00", 3, "time_zone:"),
    ("night_starts_at: 22:00", 3, "in quotes"),
    ("night_starts_at: '24:00'", 3, "in quotes"),
    ("night_starts_at: '6:00'", 3, "in quotes"),
    ("night_starts_at: '06:00:30'", 3, "in quotes"),
    ("night_starts_at: 6", 3, "in quotes"),
    ("store: {kind: s3}", 3, "store: "),
    ("store: {kind: local, pathe: x}", 3, "store.pathe: is not a setting"),
    ("store: {kind: azure_blob}", 3, "account_url"),
    ("store: {kind: azure_blob, account_url: 'http://x.example'}", 3, "must use https"),
    ("store: {kind: azure_blob, account_url: 'https://x.example', container: Bad_Name}", 3, "store.container:"),
    ("store: {kind: azure_blob, account_url: 'https://x.example', credential: shared_key}", 3, "loopback"),
    ("signing: {kind: smart_card}", 3, "signing"),
    ("signing: {development: maybe}", 3, "signing.development"),
    ("timestamp: {}", 3, "timestamp.url"),
    ("timestamp: {url: 'ftp://x.example'}", 3, "must be an http"),
    ("timestamp: {url: 'https://'}", 3, "timestamp.url"),
    ("scopes: {}", 3, "at least one"),
    ("scopes: {EU: {}}", 3, "scope name"),
    ("scopes: {'-a': {}}", 3, "scope name"),
    ("scopes: {../x: {}}", 3, "scope name"),
    ("scopes:\n  eu:\n    regionen: [x]", 5, "scopes.eu.regionen: is not a setting"),
    ("scopes:\n  local:\n    regions: x", 5, "scopes.local.regions"),
    ("scopes: {eu: {regions: ['']}}", 3, "scopes.eu.regions"),
    ("scopes: {2026: {}}", 3, "text"),
    ("first_night: yesterday", 3, "first_night"),
    ("first_night: 2026-02-30", 3, "is no timestamp that there is"),
    ("automation: often", 3, "automation"),
    ("clock: simulator", 1, "loopback"),
    ("clock: sundial", 3, "clock"),
    ("retention: {default: 6m}", 3, "whole years"),
    ("retention: {default: 0y}", 3, "whole years"),
    ("retention: {audit_year_starts: 02-29}", 3, "MM-DD"),
    ("retention: {audit_year_starts: 13-01}", 3, "MM-DD"),
    ("retention: {audit_year_starts: '1-1'}", 3, "MM-DD"),
    ("retention: {ceiling: 1y}", 3, "retention.ceiling: is not a setting"),
    ("retention: {floor: 2y}", 3, "default 1y is below the floor of 2y"),
    ("retention: {rules: [{name: a, keep: 11m}]}", 3, "keeps 11m, below the floor of 1y"),
    ("retention: {rules: [{name: a, keep: 365d}]}", 3, "keeps 365d, below the floor of 1y"),
    ("retention: {rules: [{name: a, keep: 7y, kinds: [ledger]}]}", 3, "Input should be"),
    ("retention: {rules: [{name: a, keep: 7y, kinds: [calls], scopes: [eu]}]}", 3, "are of no one pack"),
    ("retention: {rules: [{name: a, keep: 7y}, {name: a, keep: 8y}]}", 3, "two rules are named `a`"),
    ("retention: {engagements: [{name: a, release: 2030-13-01}]}", 3, "is no"),
    ("? [a, b]\n: c", 3, "text"),
    ("? {a: b}\n: c", 3, "text"),
    ("5: x", 3, "text"),
    ("null: x", 3, "text"),
    ("<<: {organisation: x}", 3, "<<"),
]


@pytest.mark.parametrize(("text", "line", "said"), MISTAKES)
def test_each_mistake_is_told_with_its_line(text: str, line: int, said: str) -> None:
    told = refusal(LEAST + text + "\n")
    assert f"e.yaml:{line}" in told
    assert said in told


AZURE_MISTAKES = [
    ("subscriptions: []", 2, "azure.subscriptions"),
    ("subscriptions: s-1", 2, "azure.subscriptions"),
    ("subscriptions: [s-1, '']", 2, "azure.subscriptions"),
    ("subscriptions:\n    - s-1\n    - a/b", 4, "azure.subscriptions"),
    ("subscriptions: [s-1, S-1]", 2, "twice"),
    ("subscriptions: [s-1]\n  cloud: moon", 3, "azure.cloud"),
    ("subscriptions: [s-1]\n  credential: password", 3, "azure.credential"),
    ("subscriptions: [s-1]\n  credential: static", 1, "loopback"),
    ("subscriptions: [s-1]\n  endpoint: management.azure.com", 3, "azure.endpoint"),
    ("subscriptions: [s-1]\n  endpoint: http://management.azure.com", 3, "must use https"),
    ("subscriptions: [s-1]\n  endpoint: http://localhost.evil.example", 3, "must use https"),
    ("subscriptions: [s-1]\n  endpoint: 'http://[::1'", 3, "azure.endpoint"),
    ("subscriptions: [s-1]\n  endpoint: http://localhost:99999", 3, "azure.endpoint"),
    ("subscriptions: [s-1]\n  endpoint: http://localhost/path", 3, "azure.endpoint"),
    ("subscriptions: [s-1]\n  vaults: {include: []}", 3, "azure.vaults.include"),
    ("subscriptions: [s-1]\n  vaults: {only: ['*']}", 3, "azure.vaults.only: is not a setting"),
    ("tenant: x", 2, "azure.tenant: is not a setting"),
]


@pytest.mark.parametrize(("text", "line", "said"), AZURE_MISTAKES)
def test_each_mistake_below_azure_is_told_with_its_line(text: str, line: int, said: str) -> None:
    told = refusal(f"azure:\n  {text}\n")
    assert f"e.yaml:{line}" in told
    assert said in told


def test_all_mistakes_are_told_at_once() -> None:
    told = refusal("organisation: 5\nazure:\n  cloud: moon\n  extra: 1\n")
    assert all(said in told for said in ("e.yaml:1: organisation", "e.yaml:3: azure.cloud", "e.yaml:4: azure.extra"))
    assert "azure.subscriptions" in told


SECRET = "hunter2"


@pytest.mark.parametrize(
    "text",
    [
        f"timestamp: {{url: 'https://user:{SECRET}@tsa.example/'}}",
        f"timestamp: {{url: 'https://tsa.example/?key={SECRET}'}}",
        f"timestamp: {{url: 'https://tsa.example/#{SECRET}'}}",
        f"store: {{kind: azure_blob, account_url: 'https://x.example/?sig={SECRET}'}}",
        f"store: {{kind: azure_blob, account_url: 'https://x.example', account_key: {SECRET}}}",
        f"signing: {{passphrase: {SECRET}}}",
        f"password: {SECRET}",
        f"organisation: [{SECRET}",
        f"x: '{SECRET}\n",
        f"timestamp: {{url: '{SECRET}'}}",
        f"night_starts_at: {SECRET}",
        f"organisation: {{{SECRET}: 1}}",
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(text: str) -> None:
    told = refusal(LEAST + text)
    assert SECRET not in told
    assert "e.yaml:" in told


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "holds no settings"),
        (b"# nothing\n", "holds no settings"),
        (b"- a\n", "holds no settings"),
        (b"text", "holds no settings"),
        (b"azure: [", "e.yaml:1"),
        (b"a: 1\n b: 2\n", "e.yaml:2"),
        (b"azure:\n\tsubscriptions: [s]\n", "e.yaml:2"),
        (b"organisation: \xff\xfe\xff\n", "UTF-8"),
        ("organisation: Größe\n".encode("latin-1"), "UTF-8"),
        (LEAST.encode("utf-16"), "UTF-8"),
        (b"a: \x00\n", "e.yaml"),
        (b"a: 1\n---\nb: 2\n", "e.yaml"),
        (b"a: !!python/object/apply:os.system ['true']\n", "e.yaml:1"),
        (b"a: !secret x\n", "e.yaml:1"),
        (b"organisation: a\nazure: {subscriptions: [s]}\norganisation: b\n", "e.yaml:3"),
        (b"azure:\n  subscriptions: [s]\n  'subscriptions': [t]\n", "e.yaml:3"),
        (b"scopes:\n  eu: {regions: [a], regions: [b]}\n", "e.yaml:2"),
        (b"a: &x [1]\nb: *x\n", "e.yaml:2"),
        (b"a: &x [*x]\n", "e.yaml:1"),
        (b"a: " + b"[" * 5000 + b"]" * 5000, "e.yaml"),
        (b"a: " + b"{a: " * 3000, "e.yaml"),
        (b"# " + b"x" * LARGEST_FILE + b"\n" + LEAST.encode(), "larger"),
        (b"a: 2026-99-99\n", "e.yaml:1"),
        (b"a: " + b"9" * 5000 + b"\n", "e.yaml"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_cause(data: bytes, said: str) -> None:
    assert said in refusal(data)


def test_aliases_that_would_fill_the_memory_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 64)]
    assert "alias" in refusal("\n".join(lines))


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf" + LEAST.encode(), LEAST.replace("\n", "\r\n").encode()])
def test_byte_order_mark_and_line_ends_of_windows_are_read(data: bytes) -> None:
    assert parsed(data).azure.subscriptions == ("s-1",)


@pytest.mark.parametrize(
    ("word", "value"), [("on", True), ("off", False), ("yes", True), ("no", False), ("true", True), ("False", False)]
)
def test_yaml_words_for_true_and_false(word: str, value: bool) -> None:
    assert parsed(f"{LEAST}automation: {word}\n").automation is value


def test_a_cut_over_without_quotes_is_read_where_yaml_leaves_it_alone() -> None:
    # YAML 1.1 reads 22:00 as 1320, but 06:00 as text, for a number does not begin with 0.
    assert parsed(f"{LEAST}night_starts_at: 06:00\n").night_starts_at == "06:00"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://LOCALHOST:1", True),
        ("http://[::1]:80", True),
        ("http://127.0.0.1.evil.example", False),
        ("http://user@evil.example/127.0.0.1", False),
        ("https://management.azure.com", False),
        (None, False),
    ],
)
def test_what_is_loopback(url: str | None, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "conf"
    folder.mkdir()
    (folder / "evidence.yaml").write_text(LEAST + "signing: {key: /absolute/k, certificate: c}\n")
    monkeypatch.chdir(tmp_path)
    found = load_configuration(Path("conf/evidence.yaml"))
    assert found.resolve(Path("store")) == folder / "store"
    assert isinstance(found.settings.signing, FileSigning)
    assert found.resolve(found.settings.signing.key) == Path("/absolute/k")


def test_the_hash_is_of_the_bytes_of_the_file(tmp_path: Path) -> None:
    one, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    one.write_text(LEAST)
    other.write_text(LEAST + "# a comment\n")
    assert load_configuration(one).sha256 != load_configuration(other).sha256
    assert load_configuration(one).raw == LEAST.encode()


def test_a_file_that_is_not_there_or_no_file_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(ConfigurationError, match="cannot be read") as caught:
            load_configuration(path)
        assert "--config" in caught.value.next_step


def test_a_linked_file_is_where_its_link_is(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "evidence.yaml").write_text(LEAST)
    (tmp_path / "evidence.yaml").symlink_to(tmp_path / "data" / "evidence.yaml")
    assert load_configuration(tmp_path / "evidence.yaml").resolve(Path("store")) == tmp_path / "store"


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(list(Settings.model_fields)) | texts, json_values(), max_size=4))
def test_any_mapping_is_settings_or_a_clear_refusal(content: dict[str, object]) -> None:
    with contextlib.suppress(ConfigurationError):
        parse_settings(yaml.safe_dump(content, allow_unicode=True).encode(), "e.yaml")


@given(
    st.binary(max_size=200) | st.text(st.sampled_from(list("ab:-[]{}&*!|>'\"%@#?, \n\t0")), max_size=40).map(str.encode)
)
def test_any_bytes_are_settings_or_a_clear_refusal(data: bytes) -> None:
    with contextlib.suppress(ConfigurationError):
        parse_settings(data, "e.yaml")


# --- what is read, and what is expected


def test_subscriptions_are_named_or_all_or_those_of_a_group() -> None:
    assert parsed(LEAST).azure.all_subscriptions is False
    everything = parsed("azure:\n  subscriptions: all\n").azure
    assert (everything.all_subscriptions, everything.management_group) == (True, None)
    group = parsed("azure:\n  management_group: mg-1\n").azure
    assert (group.all_subscriptions, group.management_group, group.subscriptions) == (False, "mg-1", ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("azure:\n  credential: cli\n", "azure.subscriptions: names no subscription"),
        ("azure:\n  subscriptions: [a]\n  management_group: mg\n", "keep one of them"),
        ("azure:\n  subscriptions: all\n  management_group: mg\n", "keep one of them"),
        ("azure:\n  subscriptions: [all, b]\n", "`all` stands alone"),
        ("azure:\n  management_group: a/b\n", "e.yaml:2: azure.management_group"),
        (LEAST + "  second_sources: perhaps\n", "e.yaml:3: azure.second_sources"),
    ],
)
def test_mistakes_in_what_is_read(text: str, said: str) -> None:
    assert said in refusal(text)


def test_second_sources_are_asked_unless_turned_off() -> None:
    assert parsed(LEAST).azure.second_sources is True
    assert parsed(LEAST + "  second_sources: off\n").azure.second_sources is False
    assert parsed(LEAST).population is None
    assert parsed(LEAST + "population: approved.yaml\n").population == Path("approved.yaml")


def test_the_shipped_control_map_is_used_unless_another_is_named() -> None:
    assert parsed(LEAST).controls is None
    assert parsed(LEAST + "controls: controls.yaml\n").controls == Path("controls.yaml")


def test_audit_packs_are_reviewed_within_thirty_days_unless_said_otherwise() -> None:
    assert (parsed(LEAST).reviews.due_days, parsed(LEAST).reviews.kinds) == (30, ("audit",))
    told = parsed(LEAST + "reviews: {due_days: 14, kinds: [audit, aging]}\n").reviews
    assert (told.due_days, told.kinds) == (14, ("audit", "aging"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("reviews: {due_days: 0}", "reviews.due_days"),
        ("reviews: {due_days: 30.5}", "reviews.due_days"),
        ("reviews: {kinds: [weekly]}", "reviews.kinds"),
        ("reviews: {kinds: [audit, audit]}", "named twice"),
        ("reviews: {by: Ada}", "is not a setting of this version"),
    ],
)
def test_mistakes_in_what_is_reviewed(text: str, said: str) -> None:
    assert said in refusal(f"{LEAST}{text}\n")
