"""Each test of a fault starts from a draft of the tiny case."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from drafting import TINY, Draft


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return Draft(Path(shutil.copytree(TINY, tmp_path / "tiny")))
