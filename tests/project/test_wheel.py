"""The wheel holds what it must, nothing else, and runs away from the checkout."""

from __future__ import annotations

import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest
from checkout import ROOT, python, quietly


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as an installer would; the dependencies are those of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def told_away(installed: Path, folder: Path, code: str) -> str:
    """What Python says with the unpacked wheel first, in another folder, without a network."""
    cut = "import socket\ndef cut(*_, **__): raise OSError('no network here')\n"
    cut += "socket.socket.connect = socket.getaddrinfo = socket.create_connection = cut\n"
    done = quietly(
        [sys.executable, "-c", cut + code],
        folder,
        {"PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_is_in_it(names: set[str]) -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "diversify").rglob("*.py")}
    assert sorted(modules - names) == []
    assert "diversify/py.typed" in names


def test_all_data_are_in_it(names: set[str]) -> None:
    data = ROOT / "data"
    files = {
        f"diversify/_data/{path.relative_to(data).as_posix()}"
        for path in data.rglob("*")
        if path.is_file()
    }
    assert sorted(files - names) == []
    assert "diversify/_data/cases/rare-earths/case.toml" in files


def test_nothing_else_is_in_it(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"diversify"}
    assert [name for name in names if name.endswith(".pyc") or "__pycache__" in name] == []
    folders = {path.parent.name for path in (ROOT / "diversify").glob("*/__init__.py")} | {"_data"}
    inner = {name.split("/")[1] for name in names if name.startswith("diversify/")}
    assert {name for name in inner if "." not in name} <= folders


def test_its_metadata_name_licence_program_and_python(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = next(n.split("/")[0] for n in archive.namelist() if ".dist-info/" in n)
        metadata = message_from_string(archive.read(f"{info}/METADATA").decode())
        programs = archive.read(f"{info}/entry_points.txt").decode()
        assert f"{info}/licenses/LICENSE" in archive.namelist()
    assert metadata["Name"] == "diversify-supply"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "diversify = diversify.cli:main" in programs


def test_its_data_are_found_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    code = (
        "import diversify\n"
        "from diversify.case.bundled import data_path, examples\n"
        "print(data_path('countries.csv')); print([name for name, _ in examples()])\n"
    )
    path, cases = told_away(installed, tmp_path, code).splitlines()
    assert Path(path) == installed / "diversify" / "_data" / "countries.csv"
    assert "'rare-earths'" in cases


def test_data_are_found_in_the_checkout(tmp_path: Path) -> None:
    code = "from diversify.case.bundled import data_path; print(data_path('countries.csv'))"
    done = python("-c", code, cwd=tmp_path)
    assert Path(done.stdout.strip()) == ROOT / "data" / "countries.csv"


@pytest.mark.slow
def test_the_program_solves_away_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from diversify.cli import main\n"
        "sys.exit(main(['solve', 'rare-earths', '--scenarios', '3', '--seed', '1', '--json']))\n"
    )
    assert '"point": "certified"' in told_away(installed, tmp_path, code)
    assert list(tmp_path.iterdir()) == []


def test_a_source_distribution_can_be_tested(tmp_path: Path) -> None:
    import tarfile

    python("-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path), cwd=ROOT)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        inside = {name.split("/", 1)[1] for name in packed.getnames() if "/" in name}
    for needed in (
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "data/cases/rare-earths/case.toml",
        "diversify/py.typed",
        "tests/__main__.py",
        "docs/design/README.md",
        ".ci/run",
    ):
        assert needed in inside
    assert [name for name in inside if name.startswith((".venv", ".mypy", ".ruff"))] == []
