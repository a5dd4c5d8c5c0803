"""Plans for pages."""

from __future__ import annotations

import pytest
from report_pages import solved

import diversify as dv
from diversify.testing import tiny_case


@pytest.fixture(scope="session")
def plan() -> dv.Plan:
    """Two mines, two refineries and a recycler, with a cap that binds."""
    return solved()


@pytest.fixture(scope="session")
def free() -> dv.Plan:
    """The same case without rules."""
    return dv.solve(tiny_case())
