"""Cuts as rows of the master: nothing that matters is lost to the solver's tolerance."""

from __future__ import annotations

import numpy as np
import pytest
from parts import parts

import diversify as dv
from diversify.solver.cuts import Cut
from diversify.solver.master import DROPPED, LARGE, Frame, make_frame
from diversify.testing import tiny_case


def frame(dear: float) -> Frame:
    """The master of a case whose costs are so many times as large."""
    found = parts(tiny_case(), [dv.ShortageBudget(measure="cvar", level=0.9, limit=0.1)])
    theta, news = found.theta, found.news
    blocks = found.blocks
    cluster = np.arange(len(theta))
    made = make_frame(blocks, theta, found.batch.probability, news, cluster)
    return Frame(**{**{n: getattr(made, n) for n in made.__slots__}, "money": dear})


def cut(slope: list[float], *, weight: float, risk: float) -> Cut:
    none = np.zeros(0, dtype=np.int64)
    columns = np.arange(len(slope), dtype=np.int64)
    price = np.array([risk])
    return Cut(
        0, weight, 0.0, 0.0, price, -0.5, columns, np.array(slope), none, np.zeros(0), 0 * price
    )


@pytest.mark.parametrize("money", [1.0, 2.0**22, 2.0**30])
def test_a_cut_on_risk_alone_is_not_counted_in_money(money: float) -> None:
    # A tonne changes the part of a demand that is short by a millionth: divided by the unit of
    # money, all of it would lie below what HiGHS takes for zero.
    made = frame(money)
    given = cut([1e-6, 3e-6, 2e-3], weight=0.0, risk=1.0)
    columns, values, low = made.solver_row(given)
    whole, exact, right = made.cut_row(given)
    np.testing.assert_array_equal(columns, whole)
    assert np.abs(exact).min() > DROPPED
    assert LARGE / 2 < np.abs(values).max() <= LARGE
    # The row is the cut, times one number: -slope x + rho >= constant.
    factor = made.factor(given)
    np.testing.assert_allclose(values, factor * np.r_[-given.slope, 1.0], rtol=1e-15)
    assert (low, right) == (factor * -0.5, factor * -0.5)


def test_a_cut_on_cost_is_counted_in_the_unit_of_money() -> None:
    made = frame(2.0**22)
    columns, values, _ = made.cut_row(cut([2.0**20], weight=1.0, risk=0.0))
    np.testing.assert_allclose(values, [-0.25, 1.0])
    assert columns.tolist() == [0, made.theta_column(0)]
