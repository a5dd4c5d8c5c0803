"""The model of one step: the first stage, scenarios in groups, cuts, within a box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.answer import Answer, Status
from diversify.solver.highs import run
from diversify.solver.problem import Problem
from diversify.solver.static_groups import Groups
from diversify.solver.static_losses import Cut, StaticProblem

Vector = NDArray[np.float64]
# HiGHS 1.15.1 drops coefficients up to 1e-9; cuts and CVaR in the proof count them all.
DROPPED = 2e-9
FINE = 2.0**10


@dataclass(frozen=True, slots=True)
class Units:
    """Powers of two in which HiGHS sees numbers near 1000, so that its 1e-7 is 1e-10 of them."""

    x: float
    loss: tuple[float, ...]
    cost: float
    rows: Vector


@dataclass(frozen=True, slots=True)
class Step:
    """What the model of a step says.

    Attributes
    ----------
    status : {"optimal", "infeasible", "unbounded", "stopped"}
        Why it stopped.
    x : numpy.ndarray
        All columns of the first stage.
    value : float
        A lower bound on cost plus penalties within the box.
    rows : numpy.ndarray
        Multipliers of the rows of the first stage.
    price : numpy.ndarray
        Price of each tail's CVaR.
    cuts : list of Cut
        One for each tail, made from the multipliers: it holds for every x.
    """

    status: Status
    x: Vector
    value: float
    rows: Vector
    price: Vector
    cuts: list[Cut]


def power(value: float) -> float:
    """Return the power of two at or above a number, 1 for none."""
    return float(2.0 ** np.ceil(np.log2(value))) if 0 < value < np.inf else 1.0


def units_of(problem: StaticProblem, x: Vector, cost: Vector) -> Units:
    """Return the units that suit a problem near a point."""
    width, first = problem.width, problem.first
    sides = np.r_[np.abs(x[:width]), first.upper[:width], -first.lower[:width]]
    # Equal shares of a total are smaller than the largest bound; the point tells the size.
    size = power(float(np.abs(x[:width]).sum()) or float(sides[np.isfinite(sides)].max(initial=1)))
    largest = np.abs(problem.matrix).max(axis=0) if problem.count < 10_000 else np.abs(problem.mean)
    loss = tuple(
        power(size * float(np.abs(t.weight * largest).max(initial=0.0)) + abs(t.constant)) / FINE
        for t in problem.tails
    )
    tall = np.zeros(first.shape[0])
    np.maximum.at(tall, _row_of(first.matrix), np.abs(first.matrix.data))
    rows = np.array([power(value * size) / FINE for value in tall])
    price = power(float(np.abs(cost).max(initial=0.0)) * size) / FINE**2
    return Units(size / FINE, loss, price, rows)


def solve_step(
    problem: StaticProblem,
    groups: list[Groups],
    pool: list[Cut],
    penalty: Vector,
    units: Units,
    low: Vector,
    high: Vector,
) -> Step:
    r"""Return the optimum of the model within a box.

    .. math:: \min\ c x + \sum_k M_k e_k, \quad z_{kg} \ge loss_{kg}(x) - \tau_k, \quad
        \tau_k + \sum_g q_{kg} z_{kg} \le limit_k + e_k, \quad z \ge 0

    with :math:`e_k \ge 0` for limits, and free with the limit 0 where CVaR is in the objective.
    Source: Rockafellar & Uryasev, Journal of Risk 2(3), 2000, over groups of scenarios.

    Parameters
    ----------
    problem : StaticProblem
        The problem.
    groups : list of Groups
        Of each tail.
    pool : list of Cut
        Cuts that hold for every x.
    penalty : numpy.ndarray
        Cost of each tail's excess.
    units : Units
        What HiGHS counts in.
    low, high : numpy.ndarray
        Box, shape (columns of the first stage,).

    Returns
    -------
    Step
        With cuts whose weights are repaired so that they hold whatever the solver said.
    """
    first, tails = problem.first, problem.tails
    columns, width = first.shape[1], problem.width
    sizes = [len(g.mass) for g in groups]
    starts = np.cumsum([0, *sizes])
    lots, many = len(tails), int(sum(sizes))
    total = columns + 2 * lots + many  # [x | tau | e | z]
    own = sp.csr_array(
        (
            first.matrix.data * units.x / units.rows[_row_of(first.matrix)],
            first.matrix.indices,
            first.matrix.indptr,
        ),
        shape=(first.shape[0], total),
    )
    blocks: list[sp.csr_array] = [own]
    lows, highs = [first.low / units.rows], [first.high / units.rows]
    for k, (tail, held) in enumerate(zip(tails, groups, strict=True)):
        unit = units.loss[k]
        head = _clean((tail.weight * held.rows - tail.direct) * (units.x / unit))
        blocks.append(
            sp.csr_array(
                sp.hstack(
                    [
                        sp.csr_array(head),
                        sp.csr_array((sizes[k], columns - width)),
                        _unit_column(sizes[k], lots, k),
                        sp.csr_array((sizes[k], lots + int(starts[k]))),
                        sp.eye_array(sizes[k], format="csr"),
                        sp.csr_array((sizes[k], many - int(starts[k + 1]))),
                    ]
                )
            )
        )
        lows.append((tail.constant + held.shift) / unit)
        highs.append(np.full(sizes[k], np.inf))
    budget = np.zeros((lots, total))
    for k, held in enumerate(groups):
        budget[k, columns + k], budget[k, columns + lots + k] = 1.0, -1.0
        budget[k, columns + 2 * lots + starts[k] : columns + 2 * lots + starts[k + 1]] = held.mass
    blocks.append(sp.csr_array(_clean(budget)))
    limit = np.array([t.limit or 0.0 for t in tails])
    scale = np.array(units.loss)
    lows.append(np.full(lots, -np.inf))
    highs.append(limit / scale)
    for cut in pool:
        unit = units.loss[cut.tail]
        row = np.zeros(total)
        row[:width] = -cut.slope * (units.x / unit)
        row[columns + lots + cut.tail] = 1.0
        blocks.append(sp.csr_array(_clean(row[None])))
        lows.append(np.array([(cut.constant - limit[cut.tail]) / unit]))
        highs.append(np.array([np.inf]))
    free = np.array([t.limit is None for t in tails])
    built = Problem(
        sp.csr_array(sp.vstack(blocks)),
        np.r_[first.cost * units.x, np.zeros(lots), penalty * scale, np.zeros(many)] / units.cost,
        np.r_[low / units.x, np.full(lots, -np.inf), np.where(free, -np.inf, 0.0), np.zeros(many)],
        np.r_[high / units.x, np.full(2 * lots + many, np.inf)],
        np.concatenate(lows),
        np.concatenate(highs),
        np.zeros(total, dtype=bool),
    )
    answer = run(built, solver="simplex")
    if answer.status != "optimal" or answer.point is None or answer.multipliers is None:
        return Step(answer.status, np.zeros(columns), -np.inf, np.zeros(0), np.zeros(lots), [])
    value = float(built.cost @ answer.point) * units.cost + first.offset
    rows = first.shape[0]
    price, cuts = _read(problem, groups, pool, answer, units, rows)
    x = np.clip(answer.point[:columns] * units.x, low, high)
    multipliers = answer.multipliers[:rows] * units.cost / units.rows
    return Step("optimal", x, value, multipliers, price, cuts)


def _read(
    problem: StaticProblem,
    groups: list[Groups],
    pool: list[Cut],
    answer: Answer,
    units: Units,
    at: int,
) -> tuple[Vector, list[Cut]]:
    """Return prices and one cut for each tail from the multipliers."""
    given = answer.multipliers
    if given is None:
        raise ValueError("a linear problem has multipliers")
    parts = []
    for held in groups:
        parts.append(given[at : at + len(held.mass)])
        at += len(held.mass)
    budget = np.maximum(0.0, -given[at : at + len(groups)])
    extra = np.maximum(0.0, given[at + len(groups) :])
    price, cuts = np.zeros(len(groups)), []
    for k, (tail, held, part) in enumerate(zip(problem.tails, groups, parts, strict=True)):
        weights = _repaired(part / budget[k] if budget[k] > 0 else held.mass, held.mass)
        constant = tail.constant + float(weights @ held.shift)
        slope = tail.direct - tail.weight * (weights @ held.rows)
        shares = np.array([extra[i] if cut.tail == k else 0.0 for i, cut in enumerate(pool)])
        whole = budget[k] + shares.sum()
        price[k] = whole * units.cost / units.loss[k]
        if whole > 0:
            constant = (
                budget[k] * constant
                + sum(s * c.constant for s, c in zip(shares, pool, strict=True))
            ) / whole
            slope = (
                budget[k] * slope
                + sum(
                    (s * c.slope for s, c in zip(shares, pool, strict=True) if s),
                    np.zeros(len(slope)),
                )
            ) / whole
        cuts.append(Cut(k, float(constant), slope))
    return price, cuts


def _repaired(weights: Vector, most: Vector) -> Vector:
    """Return weights within 0 and ``most`` that add up to 1."""
    weights = np.clip(weights, 0.0, most)
    total = float(weights.sum())
    if total > 1.0:
        return weights / total
    slack = most - weights
    room = float(slack.sum())
    return weights + (slack * ((1.0 - total) / room) if room > 0 else 0.0)


def _clean(values: Vector) -> Vector:
    return np.where(np.abs(values) > DROPPED, values, 0.0)


def _unit_column(rows: int, columns: int, k: int) -> sp.csr_array:
    return sp.csr_array((np.ones(rows), (np.arange(rows), np.full(rows, k))), shape=(rows, columns))


def _row_of(matrix: sp.csr_array) -> NDArray[np.int64]:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
