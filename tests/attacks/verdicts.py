"""Short words for what a verification must say."""

from __future__ import annotations

from evidence.packs.verification import Check, Verification


def failures(found: Verification) -> list[Check]:
    return [one for one in found.checks if one.failed]


def failed_files(found: Verification) -> set[str | None]:
    return {one.file for one in failures(found)}


def assert_caught(found: Verification, file: str, *words: str) -> None:
    """The pack fails with exit code 7, the file is named, and the words are said of it."""
    assert found.exit_code == 7
    said = [one.detail for one in failures(found) if one.file == file]
    assert said, f"{file} is not named: {failures(found)}"
    for word in words:
        assert any(word in one for one in said), f"`{word}` is not said of {file}: {said}"


def assert_genuine(found: Verification) -> None:
    assert found.exit_code == 0, failures(found)
