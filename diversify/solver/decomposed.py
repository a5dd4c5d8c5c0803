"""Decomposition: cuts from exact recourse, at points between the best plan and the master's."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED
from diversify.errors import InfeasibleError, SolverError
from diversify.solver.cuts import Cut
from diversify.solver.evaluator import Evaluator
from diversify.solver.extensive import stack
from diversify.solver.highs import WarmLp, run
from diversify.solver.inner import Priced, priced_recourse
from diversify.solver.master import Frame, make_frame

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
ITERATIONS = 300
SAMPLE = 16
IDLE = 8
# A price of a budget below this part of the unit of money is noise of the solver.
NOISE = 1e-6
# Far enough never to matter for long, near enough to keep the first masters bounded.
RADIUS = 5.0


class NoConvergenceError(SolverError):
    """The cuts did not close the gap."""


@dataclass(frozen=True, slots=True)
class Decomposed:
    """What decomposition found.

    Attributes
    ----------
    plan : numpy.ndarray
        First-stage point, shape (first,).
    recourse : numpy.ndarray
        Second-stage points, shape (S, second).
    cost : float
        Exact cost of the plan, offset included.
    cuts : list of Cut
        The cuts that prove the bound.
    frame : Frame
        The master that they belong to.
    iterations, solves : int
        Iterations, and linear problems solved for recourse.
    """

    plan: Vector
    recourse: Vector
    cost: float
    cuts: list[Cut]
    frame: Frame
    iterations: int
    solves: int


@dataclass
class _Pool:
    """Cuts in the master, with the number of solves that each has been idle."""

    cuts: list[Cut] = field(default_factory=list)
    idle: list[int] = field(default_factory=list)


def decompose(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    *,
    tolerance: float = 3e-7,
) -> Decomposed:
    """Return the cheapest plan of a batch of scenarios, by cuts.

    One cut for each scenario and iteration (multi-cut L-shaped method, Birge & Louveaux 1988), at
    points between the best plan and the master's, so that the master stays linear. Rows in
    expectation get a price, and recourse is mixed to keep them.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem, without integer columns.
    theta : numpy.ndarray
        Data of each distinct scenario, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).
    tolerance : float
        Relative gap between the exact cost and the cuts.

    Returns
    -------
    Decomposed
        Plan, recourse, and the cuts that prove it.

    Raises
    ------
    RecourseInfeasibleError
        If a plan on the way has a scenario without recourse.
    NoConvergenceError
        If the gap does not close.
    InfeasibleError
        If the first stage itself has no point.
    """
    count = len(theta)
    cluster = np.arange(count)
    frame = make_frame(blocks, theta, probability, news, cluster)
    evaluator = Evaluator(blocks, theta, probability, news, cluster)
    search = _Search(frame, evaluator, _start(blocks, theta, probability, news))
    iterations = search.run(tolerance)
    return Decomposed(
        plan=search.best,
        recourse=evaluator.recourse(search.best, search.points),
        cost=search.cost + blocks.offset,
        cuts=search.pool.cuts,
        frame=frame,
        iterations=iterations,
        solves=evaluator.solves,
    )


def _start(blocks: Blocks, theta: Vector, probability: Vector, news: Index) -> Vector:
    """Return the plan for the most likely scenarios alone, a good point to begin with.

    Rows in expectation mean something else for some of the scenarios than for all, so where they
    cannot hold they are left out; what is infeasible even then is infeasible for all.
    """
    most = np.argsort(-probability, kind="stable")[:SAMPLE]
    mass = probability[most] / probability[most].sum()
    extensive = stack(blocks, theta[most], mass, news[most])
    answer = run(extensive.problem.relaxed())
    if answer.status == "infeasible":
        once = blocks.stage[extensive.row] != EXPECTED
        answer = run(extensive.problem.relaxed().only(np.flatnonzero(once)))
    if answer.status == "infeasible":
        raise InfeasibleError("no plan keeps all limits even for the most likely scenarios")
    if answer.point is None:
        raise SolverError("the problem of the most likely scenarios has no solution")
    return answer.point[: blocks.first]


class _Search:
    """The state of one decomposition."""

    def __init__(self, frame: Frame, evaluator: Evaluator, start: Vector) -> None:
        self.frame = frame
        self.evaluator = evaluator
        self.first = frame.blocks.first
        self.pool = _Pool()
        self.best = start
        self.points: list[Vector] = []
        self.cost = np.inf
        self.price = np.zeros(len(frame.expected))
        self.last: list[Vector] = []
        typical = np.median(start[start > 1e-6]) if (start > 1e-6).any() else 1.0
        self.scale = np.maximum(np.abs(start), typical)
        self.radius = RADIUS
        self.predicted = np.inf
        self.master = WarmLp(frame.problem([]))

    def run(self, tolerance: float) -> int:
        """Search until the gap closes and return the number of iterations.

        Each step goes part of the way from the best plan to the master's: all of it while steps
        succeed, less of it while they fail (in-out separation, Ben-Ameur & Neto 2007).
        """
        self._take(self.best, self._evaluate(self.best))
        step = 0.5
        for iteration in range(1, ITERATIONS + 1):
            point, value, inside = self._propose()
            self.predicted = self.cost - value
            known = np.isfinite(self.cost)
            if known and self.predicted <= tolerance * (1.0 + abs(self.cost)):
                if inside:
                    return iteration
                self.radius = np.inf
                continue
            if known:
                point = self.best + step * (point - self.best)
            better = self._take(point, self._evaluate(point))
            step = min(1.0, 1.2 * step) if better else max(0.3, 0.9 * step)
        raise NoConvergenceError(
            f"the gap was still {self.predicted:.3g} after {ITERATIONS} iterations"
        )

    def _evaluate(self, point: Vector) -> Priced:
        frame = self.frame
        start = len(frame.rows) - len(frame.expected)
        own = frame.matrix[start:, : self.first] @ point
        allowed = frame.high[start:] - own
        fixed = frame.money * float(frame.cost[: self.first] @ point)
        largest = 1e1 * (1.0 + abs(self.cost if np.isfinite(self.cost) else fixed))
        slack = 0.05 * self.predicted if np.isfinite(self.predicted) else 1e-3 * (1.0 + abs(fixed))
        return priced_recourse(
            self.evaluator,
            point,
            allowed,
            self._prices(),
            largest,
            self.cost - fixed,
            slack,
            NOISE * frame.money,
        )

    def _prices(self) -> list[Vector]:
        """Return the prices to try first: the master's, then those of the last mix."""
        return [self.price, *self.last[:1]] if (self.price > 0).any() else [self.price]

    def _take(self, point: Vector, found: Priced) -> bool:
        """Add the cuts, keep the point if it is better, and say whether it is."""
        cost = self.frame.money * float(self.frame.cost[: self.first] @ point) + found.cost
        better = cost < self.cost
        if better:
            self.best, self.points, self.cost = point, found.points, cost
            self.last = found.prices
        self._add(found.cuts)
        return better

    def _add(self, cuts: list[Cut]) -> None:
        rows = [self.frame.solver_row(cut) for cut in cuts]
        if not rows:
            return
        matrix = sp.csr_array(
            (
                np.concatenate([row[1] for row in rows]),
                np.concatenate([row[0] for row in rows]),
                np.r_[0, np.cumsum([len(row[0]) for row in rows])],
            ),
            shape=(len(rows), self.frame.width),
        )
        low = np.array([row[2] for row in rows])
        self.master.add_rows(matrix, low, np.full(len(rows), np.inf))
        self.pool.cuts += cuts
        self.pool.idle += [0] * len(cuts)

    def _propose(self) -> tuple[Vector, float, bool]:
        """Return the master's point, its value, and whether the trust region let it be."""
        lower, upper = self.frame.lower.copy(), self.frame.upper.copy()
        reach = self.radius * self.scale
        lower[: self.first] = np.maximum(lower[: self.first], self.best - reach)
        upper[: self.first] = np.minimum(upper[: self.first], self.best + reach)
        status, point, multipliers = self.master.resolve(lower, upper)
        if status != "optimal":
            self.master.forget()
            status, point, multipliers = self.master.resolve(lower, upper)
        if status == "unbounded" and not np.isfinite(self.radius):
            self.radius = 100.0
            return self._propose()
        if status == "infeasible" and not np.isfinite(self.cost):
            if np.isfinite(self.radius):
                self.radius = np.inf
                return self._propose()
            # Cuts hold for every plan, so no plan at all keeps the rows.
            raise InfeasibleError("no plan keeps all limits")
        if status != "optimal":
            raise NoConvergenceError(f"the master problem ended {status}")
        start = len(self.frame.rows) - len(self.frame.expected)
        if len(self.frame.expected):
            price = self.frame.money * np.maximum(-multipliers[start : len(self.frame.rows)], 0.0)
            self.price = np.where(price < NOISE * self.frame.money, 0.0, price)
        plan = point[: self.first]
        at_edge = np.abs(plan - self.best) >= reach * (1 - 1e-9)
        own = (plan > self.frame.lower[: self.first] + 1e-9) & (
            plan < self.frame.upper[: self.first] - 1e-9
        )
        value = self.frame.money * float(self.frame.cost @ point)
        self._prune(multipliers[len(self.frame.rows) :])
        return plan, value, not (at_edge & own).any()

    def _prune(self, multipliers: Vector) -> None:
        """Forget cuts that have not been active for a while."""
        active = np.abs(multipliers) > 1e-12
        self.pool.idle = [
            0 if live else idle + 1 for live, idle in zip(active, self.pool.idle, strict=True)
        ]
        old = np.array([i for i, idle in enumerate(self.pool.idle) if idle > IDLE], dtype=np.int64)
        if len(old) > 200:
            gone = set(old.tolist())
            self.master.delete_rows(old + len(self.frame.rows))
            self.pool.cuts = [c for i, c in enumerate(self.pool.cuts) if i not in gone]
            self.pool.idle = [c for i, c in enumerate(self.pool.idle) if i not in gone]
