"""The layout keeps its promises: packages, sizes, imports, public names."""

from __future__ import annotations

import ast
import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from checkout import ROOT, named, python

PACKAGE = ROOT / "diversify"
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = ("highspy", "pyomo", "scipy", "plotly", "jinja2", "openpyxl", "pyarrow")


def test_every_package_has_its_place_in_the_order_of_imports(project: dict[str, Any]) -> None:
    order = project["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = {name for line in order for name in re.findall(r"diversify\.(\w+)", line)}
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert packages | modules <= placed


@pytest.mark.parametrize("module", [named(path) for path in MODULES])
def test_no_module_is_longer_than_400_lines(module: str) -> None:
    assert len((ROOT / module).read_text("utf-8").splitlines()) <= 400


def test_only_one_module_names_highspy() -> None:
    found = [
        named(path)
        for path in MODULES
        if re.search(r"^\s*(import|from) highspy", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert found == ["diversify/solver/highs.py"]


def test_every_public_name_can_be_had() -> None:
    import diversify

    assert sorted(diversify.__all__) == list(diversify.__all__)
    for name in diversify.__all__:
        assert getattr(diversify, name).__doc__, f"{name} says nothing about itself"
    with pytest.raises(AttributeError, match="no attribute 'sovle'"):
        _ = diversify.sovle


def test_solve_stays_a_function_whatever_is_imported() -> None:
    import diversify

    import_module("diversify.solver.extensive")
    assert callable(diversify.solve)
    assert not (PACKAGE / "solve").exists()


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["examples"], ["check", "first-steps"]],
    ids=["help", "examples", "check"],
)
def test_what_needs_no_solver_imports_none(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from diversify.cli import main\n"
        f"code = main({arguments!r})\n"
        f"heavy = [m for m in {HEAVY!r} if m in sys.modules]\n"
        "sys.exit(f'imported {heavy}' if heavy or code else 0)\n"
    )
    done = python("-c", code, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_the_library_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, diversify\n"
        f"heavy = [m for m in (*{HEAVY!r}, 'numpy', 'pandas', 'pydantic') if m in sys.modules]\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = python("-c", code, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr


def test_the_tests_mirror_the_packages() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert sorted(packages - folders) == []


TESTS = sorted((ROOT / "tests").rglob("*.py"))


def test_files_of_tests_are_small_and_their_names_unique() -> None:
    long = [named(path) for path in TESTS if len(path.read_text("utf-8").splitlines()) > 400]
    assert long == []
    # Helpers and tests are imported by their bare names.
    times = Counter(path.name for path in TESTS)
    assert {name for name, count in times.items() if count > 1} <= {"conftest.py"}


def states(function: ast.AST) -> bool:
    """Whether something in a test can fail it, as far as its own text shows."""
    told = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    names = [getattr(call.func, "attr", getattr(call.func, "id", "")) for call in told]
    return any(isinstance(node, ast.Assert) for node in ast.walk(function)) or any(
        # The battery of policies raises what it finds; numpy and pandas have asserts of their own.
        name in {"raises", "warns", "check_policy"} or name.startswith("assert_")
        for name in names
    )


def test_every_test_shows_what_it_asserts() -> None:
    silent = [
        f"{named(path)}: {node.name}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not states(node)
    ]
    assert silent == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    somewhere = re.compile(r"(?<![\w./-])/(?:home|Users|root|work|tmp)/\w+")
    kinds = {".py", ".md", ".toml", ".csv", ".cff", ".json", ".yaml", ".yml", ""}
    folders = ["diversify", "data", "docs", "examples", "benchmarks", "tests", ".ci"]
    files = [path for name in folders for path in (ROOT / name).rglob("*") if path.is_file()]
    files += [path for path in ROOT.iterdir() if path.is_file() and path.suffix in kinds]
    found = [
        named(path)
        for path in files
        if path.suffix in kinds
        and path.name != ".coverage"
        and "__pycache__" not in path.parts
        and somewhere.search(path.read_text("utf-8", errors="ignore"))
    ]
    assert found == []


def test_the_oldest_python_is_the_same_everywhere(project: dict[str, Any]) -> None:
    version = project["project"]["requires-python"].removeprefix(">=")
    assert project["tool"]["mypy"]["python_version"] == version
    assert project["tool"]["ruff"]["target-version"] == "py" + version.replace(".", "")
    assert f"Python {version} or newer" in (ROOT / "README.md").read_text("utf-8")
