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


FILES = {path: path.read_text() for path in sources(*FOLDERS)}
TREES = {path: ast.parse(text) for path, text in FILES.items()}
PRODUCT = {path: tree for path, tree in TREES.items() if path.relative_to(ROOT).parts[0] in PACKAGES}


@pytest.mark.parametrize("name", PACKAGES)
def test_plain_top_level_names_are_ours(name: str) -> None:
    found = importlib.util.find_spec(name)
    assert found is not None
    where = [Path(place).resolve() for place in found.submodule_search_locations or [found.origin or "/"]]
    assert all(place.is_relative_to(ROOT) for place in where), where


def test_they_are_ours_from_another_folder_too(tmp_path: Path) -> None:
    program = "import importlib.util, sys; print(*(importlib.util.find_spec(name).submodule_search_locations[0] for name in sys.argv[1:]), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, *PACKAGES], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert [Path(line).resolve() for line in done.stdout.splitlines()] == [ROOT / name for name in PACKAGES]


def test_no_folder_shadows_a_package_that_we_need() -> None:
    taken = {"azure", "dagster", "pyarrow", "pandas", "yaml", "rich", "typer", "cryptography", "pyhanko", "types"}
    assert taken.isdisjoint(path.name for path in ROOT.iterdir())
    assert not (set(sys.stdlib_module_names) & set(PACKAGES))


def test_no_file_is_too_long() -> None:
    lengths = {named(path): len(text.splitlines()) for path, text in FILES.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{named(path)}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path, tree in PRODUCT.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_every_module_says_what_it_is_for() -> None:
    assert [named(path) for path, tree in PRODUCT.items() if not ast.get_docstring(tree)] == []


def test_every_public_name_is_explained() -> None:
    found = [
        f"{named(path)}: {node.name}"
        for path, tree in PRODUCT.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert found == []


LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK|[Ff]or now|[Pp]laceholder)\b")
VAGUE = re.compile(r"(^|_)(utils?|helpers?|manager|service|misc|common)(_|$)")


def test_nothing_is_left_for_later() -> None:
    found = [f"{named(path)}: {line}" for path in PRODUCT for line in FILES[path].splitlines() if LATER.search(line)]
    assert found == []


def test_no_module_has_a_vague_name() -> None:
    assert [named(path) for path in PRODUCT if VAGUE.search(path.stem)] == []


def test_no_failure_is_swallowed() -> None:
    """An `except` that only passes hides what went wrong; a bare one hides everything."""
    found = [
        f"{named(path)}:{node.lineno}"
        for path, tree in PRODUCT.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        if node.type is None or all(isinstance(one, ast.Pass) for one in node.body)
    ]
    assert found == []


def test_only_the_clock_reads_the_time() -> None:
    """Evidence is dated by the clock it is given."""
    read = re.compile(r"datetime\.(?:now|utcnow|today)\(|date\.today\(")
    found = [named(path) for path in PRODUCT if named(path).startswith("evidence/") and read.search(FILES[path])]
    assert found == ["evidence/clocks.py"]


def imported(tree: ast.Module) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in names}


def test_unit_tests_import_no_dagster() -> None:
    wired = {"e2e", "pipelines", "assets"}
    unit = [path for path in TREES if path.relative_to(ROOT).parts[0] == "tests" and path.parent.name not in wired]
    assert [named(path) for path in unit if imported(TREES[path]) & {"dagster", "pipelines", "assets"}] == []


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
