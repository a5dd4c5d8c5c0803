"""Small random two-stage problems as arrays, each feasible by a hidden point unless told."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from random_draft import Draft, Instance, Terms, Vector

from diversify.compile.blocks import EXPECTED, OPS, PLAN
from diversify.risk.mean_cvar import MeanCvar

INF = float("inf")


@dataclass(frozen=True)
class Flavour:
    """What the problems of a family have; ``budgets`` are of mean, cvar, worst and floor."""

    integer: bool = False
    complete: bool = True
    random_cost: bool = False
    random_recourse: bool = False
    degenerate: bool = False
    wild: bool = False
    twins: bool = False
    objective: bool = False
    budgets: tuple[str, ...] = ()
    clash: bool = False
    scenarios: tuple[int, int] = (2, 7)


def random_instance(name: str, flavour: Flavour, seed: int) -> Instance:
    """Return one problem of a family; the same name and seed give the same problem."""
    rng = np.random.default_rng([crc32(name.encode()), seed])
    count = int(rng.integers(*flavour.scenarios, endpoint=True))
    # Equal scenarios: each draw is used once or more.
    distinct = max(1, count - int(rng.integers(0, 3)))
    pick = np.arange(count) % distinct
    weight = 10.0 ** rng.uniform(-5, 0, count) if flavour.wild else rng.uniform(0.5, 1.5, count)
    weights = ((0.0, 1.0), (0.5, 0.5), (1.0, 2.0), (1.0, 0.0))[seed % 4]
    risk = MeanCvar(float(rng.choice([0.0, 0.5, 0.9, 0.99])), *weights)
    draft = Draft(rng, weight / weight.sum())
    news = (_staged if flavour.twins else _generic)(draft, flavour, distinct, pick)
    if flavour.clash:
        _CLASHES[seed % len(_CLASHES)](draft)
    return draft.finish(news, risk if flavour.objective else None)


def _generic(d: Draft, f: Flavour, distinct: int, pick: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add columns and rows of every kind at random, around a hidden feasible point."""
    rng = d.rng

    def one(low: float, high: float) -> float:
        return 0.5 * (low + high) if f.degenerate else float(rng.uniform(low, high))

    def draw(low: float, high: float, *, vary: bool = True) -> Vector:
        return rng.uniform(low, high, distinct)[pick] if vary else d.every(one(low, high))

    def cost(low: float, high: float) -> Vector:
        return draw(low, high, vary=f.random_cost)

    def slack() -> float:
        return 0.0 if f.degenerate or rng.random() < 0.6 else one(0, 2)

    def some(columns: list[int], *, vary: bool) -> Terms:
        size = int(rng.integers(1, min(3, len(columns)), endpoint=True))
        chosen = rng.choice(columns, size, replace=False).tolist()
        return {j: draw(-1.5, 2, vary=vary and rng.random() < 0.7) for j in chosen}

    x = [
        d.plan(one(0, 3), 0, 4, one(0.5, 5)),
        d.plan(one(0, 3), 0, INF, one(0.5, 5)),
        d.plan(one(0, 2), 0, 3, one(-3, 1)),
        d.plan(one(-2, 3), -2, 3, one(-1, 1)),
        d.plan(0.0, 0, 2, one(1, 3)),
    ]
    free = d.plan(float(d.at({x[0]: 1, x[3]: -1})[0]) - 1, -INF, INF, 0)
    d.row(PLAN, 0, {free: 1, x[0]: -1, x[3]: 1})
    if f.integer:
        switch = d.plan(1, 0, 1, one(2, 9), integer=True)
        modules = d.plan(int(rng.integers(0, 3)), 0, INF, one(2, 5), integer=True)
        d.row(PLAN, -1, {x[1]: 1, switch: -4}, 0)
        x += [switch, modules]
    sense = int(rng.choice([-1, 1]))
    d.row(PLAN, sense, some(x, vary=False), slack=slack())
    # What a column of the plan allows, times what is left of it in the scenario.
    y, lossy = [], []
    for i in [x[0], *x[4:], x[2]]:
        left = draw(0, 1) * (draw(0, 1) < 0.7)
        pay = cost(0.5, 4)
        flow = d.ops(0.6 * left * d.columns[i].ref, 0, INF, pay)
        d.row(OPS, -1, {flow: 1, i: -left}, 0)
        if rng.random() < 0.4:
            d.row(OPS, 1, {flow: 2, i: -left}, 0)
        y.append(flow)
    # Bounds of every sort, from columns and from rows; what earns money has an end.
    for _ in range(2):
        earner = d.ops(0.2 * one(0, 1), 0, 3, cost(-6, -1))
        d.row(OPS, 1, {earner: -2}, -2 * draw(0.5, 2))
        lossy.append(earner)
    y += [d.ops(-1, -INF, 2, cost(-2, -0.5)), d.ops(draw(1, 2), 1, INF, cost(1, 4))]
    fixed = draw(0, 2)
    y.append(d.ops(fixed, 0, INF, cost(-1, 1)))
    d.row(OPS, 0, {y[-1]: 1}, fixed)
    form: Terms = {j: draw(-1, 1, vary=f.random_recourse) for j in (y[0], lossy[0])}
    y.append(d.ops(d.at(form) - 1, -INF, INF, 0))
    d.row(OPS, 0, {y[-1]: -1, **form})
    ramp = d.ops(9, -INF, INF, cost(0.5, 2))
    d.row(OPS, 1, {ramp: 1, **some([*x, *y], vary=False)}, slack=4)
    d.row(OPS, 1, {ramp: 1}, draw(-3, 0))
    for k in range(int(rng.integers(2, 4))):
        sense = (1, 0, -1)[k % 3]
        own = some([*y, *lossy], vary=f.random_recourse)
        terms: Terms = {**some([*x, free], vary=True), **own}
        if f.complete:
            for sign in {1: [1], -1: [-1], 0: [1, -1]}[sense]:
                spare = d.ops(draw(0, 0.3), 0, INF, cost(5, 30))
                terms[spare] = sign
                lossy.append(spare)
        zero = f.degenerate and f.complete and sense == 1
        d.row(OPS, sense, terms, 0.0 if zero else None, slack=slack())
    _budgets(d, f, lossy, x)
    return np.zeros(len(pick), dtype=np.int64)


def _budgets(d: Draft, f: Flavour, lossy: list[int], x: list[int]) -> None:
    """Limit losses, weighted anew each time, at what the hidden point has of them."""
    for number, kind in enumerate(f.budgets):
        loss: Terms = {j: float(d.rng.uniform(0.5, 2)) for j in lossy}
        name, own = f"budget {number}", d.at(loss)
        if kind == "worst":
            d.row(OPS, -1, loss, float(own.max()))
        elif kind == "mean":
            d.row(EXPECTED, -1, {**loss, x[1]: -0.1}, policy=name)
        elif kind == "floor":
            d.row(EXPECTED, 1, {j: -number for j, number in loss.items()}, policy=name)
        else:
            tail = 1 - float(d.rng.choice([0.5, 0.8, 0.95]))
            start = min(own, key=lambda t: t + d.probability @ np.maximum(own - t, 0) / tail)
            threshold = d.plan(float(start), -INF, INF, 0)
            excess = d.ops(np.maximum(own - start, 0), 0, INF, 0)
            d.row(OPS, 1, {excess: 1, threshold: 1} | {j: -w for j, w in loss.items()}, 0)
            d.row(EXPECTED, -1, {threshold: 1.0, excess: 1 / tail}, policy=name)


def _staged(d: Draft, f: Flavour, distinct: int, pick: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add two lanes, a stock, spot and shortage over three periods; until the news all is calm."""
    rng, periods = d.rng, 3
    news = rng.integers(0, periods, distinct, endpoint=True)[pick]

    def calm(t: int, usual: float, values: Vector) -> Vector:
        return np.where(news > t, usual, values[pick])

    most = INF if f.complete else 0.2
    target = d.plan(0, 0, 4, rng.uniform(0.5, 3))
    before, shorts = target, []
    switch = d.plan(1, 0, 1, rng.uniform(0, 4), integer=True) if f.integer else -1
    for t in range(periods):
        need = float(rng.uniform(1, 2))
        wants: Terms = {}
        planned: Terms = {}
        for lane in range(2):
            book = d.plan(0, 0, INF, rng.uniform(0.5, 2))
            if f.integer and lane == 0:
                d.row(PLAN, -1, {book: 1, switch: -6}, 0)
            price = float(rng.uniform(0.5, 3))
            later = rng.uniform(0.5, 6, distinct) if f.random_cost else np.full(distinct, price)
            flow = d.ops(0, 0, INF, calm(t, price, later), t, book)
            left = calm(t, 1, rng.choice([0.0, 0.5, 1.0] if lane == 0 else [0.5, 1.0], distinct))
            d.row(OPS, -1, {flow: 1, book: -left}, 0, period=t)
            d.row(OPS, 1, {flow: 1, book: -0.4 * left}, 0, period=t)
            quality = rng.uniform(0.8, 1, distinct) if f.random_recourse else np.ones(distinct)
            wants[flow], planned[book] = calm(t, 1, quality), 1
        spot = d.ops(0, 0, INF, rng.uniform(4, 8), t)
        d.row(OPS, -1, {spot: 1}, calm(t, 1, rng.uniform(0, 1, distinct)), period=t)
        stock = d.ops(0, 0, 4, rng.uniform(0, 0.3), t, target)
        gap = d.plan(0, 0, most, 0)
        short = d.ops(0, 0, most, rng.uniform(2, 9), t, gap)
        want = calm(t, need, need * rng.uniform(0.9, 1.4, distinct))
        d.row(PLAN, 1, planned | {gap: 1}, need)
        d.row(OPS, 1, wants | {spot: 1, before: 1, stock: -1, short: 1}, want, period=t)
        before = stock
        shorts.append(short)
    rest = d.ops(0, 0, 4, -float(rng.uniform(0, 1)))
    d.row(OPS, -1, {rest: 1, before: -1}, 0)
    for number, kind in enumerate(f.budgets):
        limit, name = float(rng.uniform(0.01, 0.1)), f"budget {number}"
        loss: Terms = dict.fromkeys(shorts, 1.0)
        if kind == "mean":
            d.row(EXPECTED, -1, loss, limit, policy=name)
        else:
            threshold, excess = d.plan(0, -INF, INF, 0), d.ops(0, 0, INF, 0)
            over: Terms = {excess: 1, threshold: 1, **dict.fromkeys(shorts, -1)}
            d.row(OPS, 1, over, 0)
            d.row(EXPECTED, -1, {threshold: 1.0, excess: 5.0}, limit, policy=name)
    return news


def _clash_of_plan(d: Draft) -> None:
    a, b = d.plan(0, 0, 3, 1), d.plan(0, 0, INF, 1)
    d.row(PLAN, 1, {a: 1, b: 1}, 2)
    d.row(PLAN, -1, {a: 2, b: 1}, 1.5)


def _clash_of_one_scenario(d: Draft) -> None:
    a, b = d.plan(0, 0, 3, 1), d.ops(0, 0, 1, 1)
    want = d.every(1)
    want[-1] = 4.5
    d.row(OPS, 1, {a: 1, b: 1}, want)


def _clash_of_two_scenarios(d: Draft) -> None:
    """Keep each scenario possible alone: one needs a plan of 2 at least, one of 1 at most."""
    a, b, c = d.plan(0, 0, INF, 1), d.ops(0, 0, INF, 1), d.ops(0, 0, INF, 1)
    least, most = d.every(0), d.every(9)
    least[0], most[-1] = 2, 1
    d.row(OPS, 1, {a: 1, b: -1}, 0)
    d.row(OPS, 1, {b: 1}, least)
    d.row(OPS, 1, {c: 1, a: -1}, 0)
    d.row(OPS, -1, {c: 1}, most)


def _clash_of_a_decision(d: Draft) -> None:
    """Leave only plans between 0.3 and 0.7 of a yes or no."""
    a, b = d.plan(1, 0, 1, 1, integer=True), d.ops(0, 0.3, 0.7, 1)
    d.row(OPS, 0, {a: 1, b: -1}, 0)


def _clash_of_a_budget(d: Draft) -> None:
    """Limit the mean of what each scenario needs below it; a mean can be had, not this one."""
    a, b = d.plan(0, 0, 1, 1), d.ops(0, 0, INF, 1)
    need: Vector = np.arange(2.0, 2 + len(d.probability))
    d.row(OPS, 1, {b: 1, a: 1}, need)
    d.row(EXPECTED, -1, {b: 1}, float(d.probability @ need) - 1.1, policy="budget")


_CLASHES = (
    _clash_of_plan,
    _clash_of_one_scenario,
    _clash_of_two_scenarios,
    _clash_of_a_decision,
    _clash_of_a_budget,
)
