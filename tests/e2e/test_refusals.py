"""What must not be sealed is refused before anything is asked of Azure and before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.seals.development import create_development_keys
from tests.e2e.scene import KEYS_FROM, KEYS_TO, Scene, scene

pytestmark = pytest.mark.slow

NIGHT = "2026-11-05"


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("refusals")) as made:
        yield made


@pytest.fixture
def home(azure: Scene, tmp_path: Path) -> Scene:
    return Scene(tmp_path / "home", azure.url, azure.subscriptions)


def other_keys(home: Scene, begin: datetime, end: datetime) -> Path:
    """Keys of another validity, beside the good ones."""
    create_development_keys(home.folder / "other", "Contoso", begin, end)
    return home.folder / "other"


def mismatched(home: Scene) -> None:
    (other_keys(home, KEYS_FROM, KEYS_TO) / "keys" / "signer.key").replace(home.folder / "keys" / "signer.key")


def malformed(home: Scene) -> None:
    (home.folder / "keys" / "signer.key").write_bytes(
        b"-----BEGIN PRIVATE KEY-----\nnothing\n-----END PRIVATE KEY-----\n"
    )


def missing(home: Scene) -> None:
    (home.folder / "keys" / "signer.key").unlink()


def expired(home: Scene) -> None:
    _replace(home, KEYS_FROM, datetime(2026, 11, 6, 5, 59, tzinfo=UTC))


def not_yet_valid(home: Scene) -> None:
    _replace(home, datetime(2026, 11, 6, 7, tzinfo=UTC), KEYS_TO)


def short_lived(home: Scene) -> None:
    _replace(home, KEYS_FROM, datetime(2027, 12, 31, tzinfo=UTC))


def real_clock_and_a_real_azure(home: Scene) -> None:
    text = home.config.read_text().replace(home.url, "https://management.azure.com").replace("clock: simulator", "")
    home.config.write_text(text.replace("https://management.azure.com/tsa", "https://tsa.example"))


def _replace(home: Scene, begin: datetime, end: datetime) -> None:
    made = other_keys(home, begin, end)
    for name in ("keys/signer.key", "trust/signer.pem"):
        (made / name).replace(home.folder / name)


@pytest.mark.parametrize(
    ("spoil", "code", "said"),
    [
        (mismatched, 2, "does not belong to"),
        (malformed, 2, "signer.key"),
        (missing, 2, "signer.key"),
        (expired, 8, "expired on 2026-11-06"),
        (not_yet_valid, 8, "is not valid before 2026-11-06"),
        (short_lived, 8, "until when the pack must be kept"),
        (real_clock_and_a_real_azure, 8, "development key"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_an_unfit_key_ends_a_run_before_anything_is_asked_or_written(
    home: Scene, spoil: Callable[[Scene], None], code: int, said: str
) -> None:
    spoil(home)
    before = home.control("requests")["total"]
    told = home("run", "--night", NIGHT, code=code)
    assert said in told.stderr
    assert "next:" in told.stderr
    assert home.snapshot() == {}
    assert home.control("requests")["total"] == before


@pytest.mark.parametrize("words", [("--night", "2026-10-31"), ("--from", "2026-10-30", "--to", "2026-11-01")])
def test_nights_before_the_first_are_refused(home: Scene, words: tuple[str, ...]) -> None:
    told = home("run", *words, code=2)
    assert "first_night" in told.stderr
    assert home.snapshot() == {}


@pytest.mark.slow
def test_a_wrong_token_endpoint_ends_5_and_writes_nothing(home: Scene) -> None:
    home.environment = {"IDENTITY_ENDPOINT": f"{home.url}/nothing-here"}
    told = home("run", "--night", NIGHT, code=5)
    assert "Traceback" not in told.stderr
    assert home.snapshot() == {}
