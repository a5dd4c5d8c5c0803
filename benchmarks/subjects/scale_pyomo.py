"""The sourcing problem in plain Pyomo, written from its data alone."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from benchmarks.clock import Clock
from benchmarks.problems import sourcing
from benchmarks.registry import Options, Repetition
from benchmarks.subjects.plain_pyomo import matrices
from benchmarks.subjects.scale_highs import finished


def run(options: Options) -> Repetition:
    """Build the model, take its matrices, solve."""
    clock = Clock()
    with clock.phase("draw"):
        given = sourcing.make(options.draws, options.seed)
    with clock.phase("build"):
        model = written(given.data)
    with clock.phase("matrices"):
        problem = matrices(model)
    return finished(problem, clock, options, given.sizes())


def written(data: sourcing.Data) -> Any:
    """Return the model of all scenarios."""
    left, country = data.available.tolist(), data.country.tolist()
    mass, delivery = data.probability.tolist(), data.delivery.tolist()
    mean = data.available.mean(axis=1).tolist()
    m = pyo.ConcreteModel()
    m.i, m.t = pyo.RangeSet(0, sourcing.SUPPLIERS - 1), pyo.RangeSet(0, sourcing.PERIODS - 1)
    m.s = pyo.RangeSet(0, len(mass) - 1)
    m.book = pyo.Var(m.i, bounds=(0, sourcing.MOST_BOOKED))
    m.opening = pyo.Var(bounds=(0, sourcing.MOST_STOCK))
    m.flow = pyo.Var(m.i, m.t, m.s, bounds=(0, None))
    m.spot = pyo.Var(m.t, m.s, bounds=lambda _, t, s: (0, sourcing.SPOT * mean[s][t]))
    m.short = pyo.Var(m.t, m.s, bounds=(0, sourcing.DEMAND))
    m.stock = pyo.Var(m.t, m.s, bounds=(0, sourcing.MOST_STOCK))
    m.most = pyo.Constraint(
        m.i, m.t, m.s, rule=lambda m, i, t, s: m.flow[i, t, s] <= left[s][country[i]][t] * m.book[i]
    )
    m.balance = pyo.Constraint(
        m.t,
        m.s,
        rule=lambda m, t, s: (
            sum(m.flow[i, t, s] for i in m.i)
            + m.spot[t, s]
            + m.short[t, s]
            - m.stock[t, s]
            + (m.stock[t - 1, s] if t else m.opening)
            == sourcing.DEMAND
        ),
    )
    m.cost = pyo.Objective(
        expr=sourcing.BOOKING * sourcing.PERIODS * sum(m.book[i] for i in m.i)
        + sourcing.STOCKING * m.opening
        + sum(
            mass[s]
            * (
                sum(delivery[i][t] * m.flow[i, t, s] for i in m.i)
                + data.spot[t] * m.spot[t, s]
                + data.short[t] * m.short[t, s]
                + sourcing.HOLDING * m.stock[t, s]
            )
            for s in m.s
            for t in m.t
        )
    )
    return m
