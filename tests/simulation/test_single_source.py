"""The stock against one source: oracle, enumeration, a Markov chain, and the library's own LP."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

import diversify as dv
from diversify.errors import InputError
from diversify.simulation.ages import age_probabilities, size_stock, stock_cost
from diversify.testing import small_case

ORACLE = json.loads((Path(__file__).parent / "single_source.json").read_text(encoding="utf-8"))
GRID = list(
    itertools.product([0.1, 0.25, 1.0], [0.5, 3.0, 20.0], [0.01, 0.1, 1.0], [0.05, 0.25, 1.0])
)


def given(row: dict[str, float]) -> dict[str, float]:
    names = {"demand": "d", "holding": "h", "penalty": "p", "fail": "alpha", "recover": "beta"}
    return {name: row[key] for name, key in names.items()}


@pytest.mark.parametrize("row", [ORACLE["example"], *ORACLE["grid"]])
def test_the_published_stocks(row: dict[str, float]) -> None:
    """Their costs are of finitely many ages, hence a relative 1e-6."""
    found = size_stock(**given(row), backlog=True)
    assert found.tonnes == row["S"]
    assert found.cost == pytest.approx(row["cost"], rel=1e-6)


def test_the_published_cost_of_another_stock() -> None:
    cost = stock_cost(1200, **given(ORACLE["example"]), backlog=True)
    assert cost == pytest.approx(ORACLE["example"]["cost_at_S1200"], rel=1e-7)


@pytest.mark.parametrize("backlog", [True, False])
def test_no_stock_of_the_grid_is_cheaper(backlog: bool) -> None:
    """The cost is piecewise linear with corners at multiples of demand: look at all of them."""
    for h, p, a, b in GRID:
        case = {"demand": 2.0, "holding": h, "penalty": p, "fail": a, "recover": b}
        best = size_stock(**case, backlog=backlog)
        corners = (2.0 * k for k in range(best.covered + 60))
        least = min(stock_cost(s, **case, backlog=backlog) for s in corners)
        assert best.cost == pytest.approx(least, rel=1e-9)


@pytest.mark.parametrize("stock", [0.5, 1.0, 2.0, 3.5])
@pytest.mark.parametrize("backlog", [True, False])
def test_the_cost_is_the_long_run_mean_of_the_chain(stock: float, backlog: bool) -> None:
    """The stationary distribution of what is in store or owed, by solving the chain itself."""
    fail, recover, holding, penalty, deep = 0.2, 0.4, 1.0, 7.0, 80
    step = np.zeros((deep, deep))
    step[0, 0], step[0, 1] = 1 - fail, fail
    for n in range(1, deep):
        step[n, 0], step[n, min(n + 1, deep - 1)] = recover, 1 - recover
    values, vectors = np.linalg.eig(step.T)
    long_run = np.real(vectors[:, np.argmax(np.real(values))])
    long_run /= long_run.sum()
    cost, left = 0.0, stock
    for n in range(deep):
        left = stock - 1.0 if n == 0 else (left - 1.0 if backlog else max(left, 0.0) - 1.0)
        cost += long_run[n] * (holding * max(left, 0.0) + penalty * max(-left, 0.0))
    found = stock_cost(
        stock,
        demand=1.0,
        holding=holding,
        penalty=penalty,
        fail=fail,
        recover=recover,
        backlog=backlog,
    )
    assert found == pytest.approx(cost, rel=1e-9)


@pytest.mark.parametrize(("h", "p", "fail", "recover"), [(0.25, 3, 0.04, 0.25), (1, 9, 0.2, 0.5)])
def test_ages_as_scenarios_give_the_same_stock(
    h: float, p: float, fail: float, recover: float
) -> None:
    """The library's own model: an age is a scenario that asks for n + 1 demands at once.

    Whatever is used costs its price of 1, in store or short, so that price adds the mean
    requirement and decides nothing.
    """
    # The last one takes the chance of all that are older, below a millionth.
    count = round(np.log(1e-6) / np.log(1 - recover))
    chance = age_probabilities(fail, recover, count)
    case = small_case(
        sites=[{"site": "A", "cost": 100.0}],
        lanes=[{"origin": "A", "destination": "W", "commodity": "metal"}],
        demand=[{"buyer": "W", "commodity": "metal", "quantity": 1.0}],
        shortages=[{"buyer": "W", "commodity": "metal", "cost": p + 1.0}],
        stocks=[{"buyer": "W", "commodity": "metal", "holding_cost": h}],
        hazards=[{"hazard": "age", "kind": "demand", "by": "commodity", "name": "metal"}],
        scenarios={f"age {n}": (float(chance[n]), {"age": [float(n + 1)]}) for n in range(count)},
    )
    plan = dv.solve(case, information="clairvoyant")
    best = size_stock(demand=1, holding=h, penalty=p, fail=fail, recover=recover, backlog=True)
    ages = np.arange(1, count + 1)
    assert plan.stocks["tonnes"].item() == pytest.approx(best.tonnes, rel=1e-6)
    mine = [
        float(chance @ (h * np.maximum(s - ages, 0) + p * np.maximum(ages - s, 0)))
        for s in range(count)
    ]
    assert plan.objective - float(chance @ ages) == pytest.approx(min(mine), rel=1e-5)
    assert min(mine) == pytest.approx(best.cost, rel=1e-4)


def test_longer_outages_and_cheaper_stocks_never_need_less() -> None:
    """Where lost sales are lost, an outage that mostly lasts is not worth a stock at all."""
    for backlog in (True, False):
        longer = [
            size_stock(
                demand=1, holding=0.25, penalty=30, fail=0.1, recover=1 / months, backlog=backlog
            ).tonnes
            for months in (1, 2, 4, 8, 16)
        ]
        dearer = [
            size_stock(
                demand=1, holding=h, penalty=30, fail=0.1, recover=0.2, backlog=backlog
            ).tonnes
            for h in (0.01, 0.1, 1, 10)
        ]
        assert dearer == sorted(dearer, reverse=True)
        if backlog:
            assert longer == sorted(longer)
            assert longer[-1] > longer[0]


def test_numbers_that_mean_nothing_are_refused_together() -> None:
    with pytest.raises(InputError) as caught:
        size_stock(demand=0, holding=-1, penalty=float("nan"), fail=2, recover=0)
    names = {finding.column for finding in caught.value.findings}
    assert names == {"demand", "holding", "penalty", "fail", "recover"}
