"""The stock against several sources: closed form of one, enumeration of two, and a long play."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from diversify.errors import InputError
from diversify.simulation.ages import size_stock
from diversify.simulation.fan import Source, size_stock_among

D = 2.0
GRID = list(itertools.product([0.1, 1.0], [0.5, 3.0, 20.0], [0.01, 0.1, 1.0], [0.1, 0.25, 1.0]))


@pytest.mark.parametrize("backlog", [True, False])
def test_one_source_gives_the_closed_form(backlog: bool) -> None:
    """Stock and cost of Snyder and Shen's newsvendor of ages, and of its twin with lost output."""
    for h, p, fail, recover in GRID:
        closed = size_stock(
            demand=D, holding=h, penalty=p, fail=fail, recover=recover, backlog=backlog
        )
        source = Source("A", capacity=D, fail=fail, recover=recover)
        found = size_stock_among([source], demand=D, holding=h, penalty=p, backlog=backlog)
        assert found.cost == pytest.approx(closed.cost, rel=1e-6)
        # Where two stocks cost the same, either may come out.
        again = size_stock_among(
            [source], demand=D, holding=h * (1 + 1e-6), penalty=p, backlog=backlog
        )
        assert closed.tonnes - D == pytest.approx(
            found.tonnes, abs=1e-6
        ) or again.cost == pytest.approx(found.cost, rel=1e-5)


STEP = 0.1 * D


def supplied(sources: list[Source], down: Source | None, need: np.ndarray) -> list[np.ndarray]:
    """Tonnes that the sources deliver of a need, the cheapest first, and what these cost."""
    got, paid = np.zeros_like(need), np.zeros_like(need)
    for source in sorted(sources, key=lambda s: s.cost):
        most = source.capacity * (1.0 - (source.severity if source is down else 0.0))
        take = np.minimum(most, need - got)
        got, paid = got + take, paid + source.cost * take
    return [got, paid]


def least_cost(steps: int, sources: list[Source], holding: float, penalty: float) -> float:
    """Lost output: every way to run a stock of some steps down, by dynamic programming.

    Ages of an outage without memory are alike, so what is left in store is all that counts.
    """
    left = STEP * np.arange(steps + 1)
    stock, refill = left[-1], min(source.cost for source in sources)
    # From what is left (rows) to what is left after the period (columns).
    need = D - (left[:, None] - left[None, :])
    total, weight = supplied(sources, None, np.array([D]))[1][0] + holding * stock, 1.0
    for source in sources:
        got, paid = supplied(sources, source, np.maximum(need, 0.0))
        period = paid + penalty * np.maximum(need - got, 0.0) + holding * left
        # Nothing is thrown away, and no more than the demand can be short.
        period[(need < -1e-9) | (got < need - D - 1e-9)] = np.inf
        period = period + source.recover * refill * (stock - left)
        value = np.zeros(steps + 1)
        for _ in range(120):
            value = (period + (1.0 - source.recover) * value).min(axis=1)
        total += source.fail * value[-1]
        weight += source.fail / source.recover
    return float(total / weight)


@pytest.mark.parametrize(
    ("holding", "one", "other", "severity"),
    [
        (0.05, 0.5, 1.0, 0.9),
        (0.3, 1.0, 0.5, 1.0),
        pytest.param(1.0, 0.8, 0.8, 0.75, marks=pytest.mark.slow),
        pytest.param(0.1, 0.6, 0.7, 1.0, marks=pytest.mark.slow),
    ],
)
def test_two_sources_against_enumeration(
    holding: float, one: float, other: float, severity: float
) -> None:
    """All stocks and all ways to draw them, in steps in which every corner lies."""
    sources = [
        Source("A", capacity=one * D, cost=1.0, fail=0.05, recover=0.3),
        Source("B", capacity=other * D, cost=1.5, fail=0.1, recover=0.6, severity=severity),
    ]
    found = size_stock_among(sources, demand=D, holding=holding, penalty=30.0)
    every = [least_cost(steps, sources, holding, 30.0) for steps in range(90)]
    assert found.cost == pytest.approx(min(every), rel=2e-6)
    assert every[round(found.tonnes / STEP)] == pytest.approx(min(every), rel=2e-6)
    assert found.tonnes / STEP == pytest.approx(round(found.tonnes / STEP), abs=1e-4)
    assert 0 < found.tonnes < 80 * STEP
    assert found.ages["probability"].sum() == pytest.approx(
        1 - 1 / (1 + 0.05 / 0.3 + 0.1 / 0.6), rel=1e-9
    )


def test_what_is_done_is_what_a_long_play_costs() -> None:
    """The chain, played for long by the decisions of the table, with backlog."""
    sources = [
        Source("A", capacity=1.5 * D, cost=1.0, fail=0.05, recover=0.4),
        Source("B", capacity=0.4 * D, cost=4.0, fail=0.1, recover=0.5),
    ]
    holding, penalty = 0.4, 6.0
    found = size_stock_among(sources, demand=D, holding=holding, penalty=penalty, backlog=True)
    columns = ["bought", "drawn", "short"]
    rng = np.random.default_rng(3)
    # Outages one after the other: a calm time of geometric length, which source, for how long.
    fails = np.array([s.fail for s in sources])
    count = 40_000
    calm = rng.geometric(fails.sum(), count)
    which = rng.random(count) < fails[0] / fails.sum()
    total = float(calm.sum()) * (1.0 * D + holding * found.tonnes)
    spent = int(calm.sum())
    for source, mine in zip(sources, (which, ~which), strict=True):
        lasts = rng.geometric(source.recover, int(mine.sum()))
        spent += int(lasts.sum())
        left, owed = found.tonnes, 0.0
        done = found.ages[found.ages["source"] == source.name][columns].to_numpy()
        price = 4.0 if source.name == "A" else 1.0
        for age in range(1, int(lasts.max()) + 1):
            bought, drawn, short = done[min(age, len(done)) - 1].tolist()
            assert bought + drawn + short == pytest.approx(D)
            left, owed = left - drawn, owed + short
            here = price * bought + holding * left + penalty * owed
            total += here * int((lasts >= age).sum())
            total += (found.tonnes - left + owed) * int((lasts == age).sum())
    assert spent > 100_000
    assert found.cost == pytest.approx(total / spent, rel=0.02)


def test_a_source_that_never_stops_needs_no_stock() -> None:
    found = size_stock_among([Source("A", capacity=D, cost=2.0)], demand=D, holding=1, penalty=9)
    assert found.tonnes == 0.0
    assert found.cost == pytest.approx(2.0 * D)
    assert found.ages.empty


def test_longer_outages_and_dearer_stocks() -> None:
    """Longer outages never need less with backlog, and a dearer stock is never larger."""

    def held(recover: float, holding: float) -> float:
        pair = [
            Source("A", capacity=D, fail=0.05, recover=recover),
            Source("B", capacity=0.5 * D, cost=2.0, fail=0.02, recover=0.5),
        ]
        return size_stock_among(pair, demand=D, holding=holding, penalty=5.0, backlog=True).tonnes

    by_length = [held(recover, 0.2) for recover in (0.8, 0.4, 0.2, 0.1)]
    by_price = [held(0.2, holding) for holding in (0.05, 0.2, 1.0, 4.0)]
    assert by_length == sorted(by_length)
    assert by_price == sorted(by_price, reverse=True)
    assert by_length[0] < by_length[-1]
    assert by_price[0] > by_price[-1]


def test_what_means_nothing_is_refused_at_once() -> None:
    sources = [Source("A", 1.0, fail=0.7, recover=0.0), Source("A", -1.0, fail=0.7)]
    with pytest.raises(InputError) as caught:
        size_stock_among(sources, demand=D, holding=-1, penalty=1, backlog=True)
    assert {finding.column for finding in caught.value.findings} == {
        "holding", "sources", "A.recover", "A.capacity", "fail", "capacity",
    }  # fmt: skip
