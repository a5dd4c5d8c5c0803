"""The notebooks of the examples run from top to bottom, and are kept without what they printed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from checkout import ROOT, python

NOTEBOOKS = sorted(path.name for path in (ROOT / "examples").glob("*.ipynb"))

# In a process of its own: a kernel talks over sockets, and its libraries warn in their own ways.
EXECUTE = """
import sys
import nbformat
from nbclient import NotebookClient

book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=120, kernel_name="python3").execute(cwd=".")
code = [cell for cell in book.cells if cell.cell_type == "code"]
warned = [o for c in code for o in c.outputs if o.get("name") == "stderr"]
sys.exit(f"it warns: {warned}" if warned else 0)
"""


def test_there_is_one_for_each_reader() -> None:
    assert NOTEBOOKS == ["manufacturer.ipynb", "own_rule.ipynb", "policymaker.ipynb"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_kept_without_outputs_and_listed(name: str) -> None:
    book = json.loads((ROOT / "examples" / name).read_text("utf-8"))
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert len(code) >= 5
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert f"`{name}`" in (ROOT / "examples" / "README.md").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_within_a_minute(name: str, tmp_path: Path) -> None:
    begin = time.perf_counter()
    done = python("-c", EXECUTE, str(ROOT / "examples" / name), cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - begin < 60
