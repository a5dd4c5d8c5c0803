"""Groups of like multipliers: what their means lose is bounded, and the bound is reached."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from diversify.solver.split import Split, split

Vector = NDArray[np.float64]
SCENARIOS, ROWS, PIECES = 60, 4, 9


def made(seed: int) -> tuple[Split, Vector, Vector, Vector]:
    """Groups of points of a convex function, the largest of some planes through the origin."""
    rng = np.random.default_rng(seed)
    planes = rng.normal(size=(PIECES, ROWS))
    sides = rng.normal(size=(SCENARIOS, ROWS))
    mass = rng.dirichlet(np.ones(SCENARIOS))
    best = planes[(sides @ planes.T).argmax(axis=1)]
    root = (np.arange(SCENARIOS) >= SCENARIOS // 3).astype(np.int64)
    return split(best, sides, mass, root, SCENARIOS), planes, sides, mass


@pytest.mark.parametrize("seed", range(8))
def test_means_cost_less_and_by_no_more_than_is_said(seed: int) -> None:
    found, planes, sides, mass = made(seed)
    whole = float(mass @ (sides @ planes.T).max(axis=1))
    for count in range(len(found.origin) + 1):
        group = found.after(count)
        total = np.bincount(group, mass)
        means = np.stack([np.bincount(group, mass * side) / total for side in sides.T], axis=1)
        lost = whole - float(total @ (means @ planes.T).max(axis=1))
        assert -1e-12 <= lost <= found.rest[count] + 1e-12
    # At the end each group has one multiplier, and loses nothing.
    assert found.rest[-1] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_groups_come_apart_one_by_one_and_never_mix_those_of_the_beginning(seed: int) -> None:
    found, *_ = made(seed)
    assert found.after(0).tolist() == [0] * (SCENARIOS // 3) + [1] * (SCENARIOS - SCENARIOS // 3)
    for count in range(len(found.origin)):
        before, after = found.after(count), found.after(count + 1)
        moved = after != before
        assert set(after[moved]) == {found.roots + count}
        assert set(before[moved]) == {found.origin[count]}
        assert len(np.unique(after)) == found.roots + count + 1
    assert (np.diff(found.loss) <= 1e-12).all()


def test_what_has_no_probability_is_not_split() -> None:
    rng = np.random.default_rng(0)
    multipliers, sides = rng.normal(size=(6, 2)), rng.normal(size=(6, 2))
    found = split(multipliers, sides, np.zeros(6), np.zeros(6, dtype=np.int64), 6)
    assert found.group.tolist() == [0] * 6
    assert found.rest.tolist() == [0.0]
