"""Holds the repository to its layout: whose names are whose, how large things are, what is written where.

The layers themselves are held by import-linter (`make lint`).
"""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
    "packages"
]
FOLDERS = (*PACKAGES, "tests", "tools", "benchmarks")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


every_file = pytest.mark.parametrize("path", sources(*FOLDERS), ids=named)
every_product_file = pytest.mark.parametrize("path", sources(*PACKAGES), ids=named)


@pytest.mark.parametrize("name", PACKAGES)
def test_plain_top_level_names_are_ours(name: str) -> None:
    found = importlib.util.find_spec(name)
    assert found is not None
    where = [Path(place).resolve() for place in found.submodule_search_locations or [found.origin or "/"]]
    assert all(place.is_relative_to(ROOT) for place in where), where


@pytest.mark.parametrize("name", PACKAGES)
def test_they_are_ours_from_another_folder_too(name: str, tmp_path: Path) -> None:
    program = f"import {name}; print({name}.__path__[0] if hasattr({name}, '__path__') else {name}.__file__)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).resolve().is_relative_to(ROOT)


def test_no_folder_shadows_a_package_that_we_need() -> None:
    taken = {"azure", "dagster", "pyarrow", "pandas", "yaml", "rich", "typer", "cryptography", "pyhanko", "types"}
    assert taken.isdisjoint(path.name for path in ROOT.iterdir())
    assert not (set(sys.stdlib_module_names) & set(PACKAGES))


@every_file
def test_no_file_is_too_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@every_product_file
def test_no_function_is_too_long(path: Path) -> None:
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions(path)}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


@every_product_file
def test_every_module_says_what_it_is_for(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text()))
    assert text, "a module needs a docstring"
    assert len(text.split("\n")[0]) <= 140


@every_product_file
def test_every_public_name_is_explained(path: Path) -> None:
    tree = ast.parse(path.read_text())
    public = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


FORBIDDEN_WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK|[Ff]or now|[Pp]laceholder)\b")
VAGUE = re.compile(r"(^|_)(utils?|helpers?|manager|service|misc|common)(_|$)")


@every_product_file
def test_nothing_is_left_for_later(path: Path) -> None:
    found = [line for line in path.read_text().splitlines() if FORBIDDEN_WORDS.search(line)]
    assert found == []


@every_product_file
def test_no_module_has_a_vague_name(path: Path) -> None:
    assert not VAGUE.search(path.stem)


@every_product_file
def test_no_failure_is_swallowed(path: Path) -> None:
    """An `except` that only passes hides what went wrong; a bare one hides everything."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: a bare except"
            silent = all(isinstance(one, ast.Pass) for one in node.body)
            assert not silent, f"line {node.lineno}: a silent except"


@pytest.mark.parametrize("path", sources("evidence"), ids=named)
def test_only_clocks_and_tokens_read_the_time(path: Path) -> None:
    """Evidence is dated by the clock it is given."""
    allowed = {"evidence/clocks.py"}
    calls = re.findall(r"datetime\.(?:now|utcnow|today)\(|date\.today\(", path.read_text())
    assert not calls or named(path) in allowed


UNIT = sorted(set(sources("tests")) - set(sources("tests/e2e", "tests/pipelines", "tests/assets")))
HEAVY = {"dagster"}


@pytest.mark.parametrize("path", UNIT, ids=named)
def test_unit_tests_import_no_dagster(path: Path) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.partition(".")[0])
    assert imported.isdisjoint(HEAVY | {"pipelines", "assets"})


TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
TEXTS = [
    ROOT / name
    for name in TRACKED
    if Path(name).suffix in {".py", ".md", ".toml", ".yaml", ".yml", ".sh", ".txt", ".j2"}
]


@pytest.mark.skipif(not TRACKED, reason="this is no git checkout")
def test_no_file_names_a_registry_or_a_place_of_one_machine() -> None:
    own = re.compile(r"--(?:extra-)?index-url|(?<![\w./-])/(?:work|root)/|/home/[a-z]+/")
    found = [named(path) for path in TEXTS if path.is_file() and own.search(path.read_text(errors="replace"))]
    assert [name for name in found if name != "tests/architecture/test_layout.py"] == []


@pytest.mark.skipif(not TRACKED, reason="this is no git checkout")
def test_no_recording_and_no_key_is_in_the_repository() -> None:
    keys = [name for name in TRACKED if Path(name).suffix in {".key", ".pem", ".p12", ".pfx"}]
    assert keys == []
    private = "-----BEGIN " + "PRIVATE KEY"
    product = [path for path in TEXTS if not named(path).startswith("tests/")]
    assert [named(path) for path in product if path.is_file() and private in path.read_text(errors="replace")] == []
