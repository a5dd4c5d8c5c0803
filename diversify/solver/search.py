"""The search for the best plan: cuts at points between the best plan so far and the master's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diversify.errors import InfeasibleError
from diversify.risk.cvar import value_at_risk
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver import cones
from diversify.solver.caps import Caps, cost_for_size, first_fine
from diversify.solver.cuts import Cut
from diversify.solver.evaluator import Evaluator
from diversify.solver.fines import PAID, Margin, NoConvergenceError, fined
from diversify.solver.hull import Hull, settled
from diversify.solver.inner import ROUNDS, Limits, Priced, around, priced_recourse
from diversify.solver.master import Frame, Pool
from diversify.solver.pace import Pace, within
from diversify.solver.probing import Prober
from diversify.solver.replacing import replace_rows
from diversify.solver.state import State
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
ITERATIONS = 400
IDLE = 8
# A price of a budget below this part of the unit of money is noise of the solver.
NOISE = 1e-6
# Far enough never to matter for long, near enough to keep the first masters bounded.
RADIUS = 5.0
# Most prices of budgets for a plan that is only one to begin with, and how far it may be off.
FEW, NEARLY = 12, 3e-5
# Part of the way to the master's point at first.
STEP = 0.5
# Costs of one scenario at one plan differ by less than this part.
ROUNDED = 1e-9
# How much of the gap a plan's cost may be off while the gap is still wide.
LOOSE = 0.1

Watch = Callable[["Search"], None]


class Search:
    """The state of one decomposition.

    Parameters
    ----------
    frame : Frame
        The master without cuts.
    evaluator : Evaluator
        The recourse of the batch.
    start : numpy.ndarray
        A plan to begin with, shape (first,).
    objective : MeanCvar
        What is minimised.
    price : numpy.ndarray, optional
        Price of each row in expectation to begin with, shape (R,).
    watch : callable, optional
        Called after each evaluated plan.
    """

    def __init__(
        self,
        frame: Frame,
        evaluator: Evaluator,
        start: Vector,
        objective: MeanCvar,
        price: Vector | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.frame = frame
        self.evaluator = evaluator
        self.objective = objective
        self.first = frame.blocks.first
        self.pool = Pool()
        self.best = self.center = start
        self.found: Priced | None = None
        self.cost, self.bound = np.inf, -np.inf
        self.price = np.zeros(len(frame.expected)) if price is None else price
        self.threshold: float | None = None
        unit = cost_for_size(frame, start)
        self.fine = first_fine(price, unit)
        self.caps = Caps(frame, price, unit)
        self.hull = Hull(frame.limits)
        self.margin = Margin(frame.limits)
        self.last: list[Vector] = []
        middle = float(np.median(start[start > 1e-6])) if (start > 1e-6).any() else 1.0
        self.scale = np.maximum(np.abs(start), middle)
        self.radius = RADIUS
        self.iterations = self.rises = 0
        self.step = self.first_step = STEP
        self.pace, self.lower, self.upper = Pace(), frame.lower.copy(), frame.upper.copy()
        self.watch = watch
        self.total = len(evaluator.probability)
        # Solves after which an idle cut goes, what asks for more cuts, the master's last point.
        self.patience = IDLE
        self.prober: Prober | None = None
        self.proposed = np.zeros(frame.width)
        # Whether only plans with whole decisions count, and whether the master may forget.
        self.strict = False
        # Whether the best plan is only one to begin with, so that its cost need not be exact.
        self.rough = False
        self._seen = np.zeros(frame.clusters, dtype=bool)
        self.master = WarmLp(frame.problem([]).relaxed())

    def go_on_from(self, old: Search) -> None:
        """Take over cuts and master, with its basis, of a search whose cuts hold here as they are.

        The old one is over the same rows and columns, and is not to be used any more.
        """
        self.share(old)
        replace_rows(self.master, old.frame, self.frame, self.pool.cuts, self._box())

    def share(self, other: Search) -> None:
        """Have one master and its cuts with a search over the same frame, one after the other."""
        self.master, self.pool, self._seen = other.master, other.pool, other._seen
        self.caps.forget()

    @property
    def clustered(self) -> bool:
        """Whether scenarios share cuts, so that every evaluation is dear."""
        return len(self.evaluator.cluster) > self.frame.clusters

    @property
    def state(self) -> State:
        """How far the search is."""
        constant = self.frame.money * self.frame.constant
        return State(
            self.iterations,
            self.cost + constant,
            self.bound + constant,
            self.evaluator.solves,
            len(self.pool.cuts),
            len(self.evaluator.probability),
            self.total,
        )

    @property
    def gap(self) -> float:
        """Relative distance between cost and bound."""
        return float((self.cost - self.bound) / self.size(self.cost))

    def size(self, cost: float) -> float:
        """Return what gaps are relative to: one more than the whole cost of a plan [USD]."""
        return 1.0 + abs(cost + self.frame.money * self.frame.constant)

    def run(
        self,
        tolerance: float,
        most: int = ITERATIONS,
        *,
        whole: bool = True,
        enough: float = np.inf,
        stall: int = 0,
    ) -> None:
        """Search until the gap closes.

        Each step goes part of the way from the best plan to the master's: all of it while steps
        succeed, less of it while they fail (in-out separation, Ben-Ameur & Neto 2007).

        Parameters
        ----------
        tolerance : float
            Relative gap.
        most : int
            Number of plans to evaluate.
        whole : bool
            Whether the bounds are those of the problem, so that the master bounds its cost.
        enough : float
            A bound beyond which nothing more is asked [USD].
        stall : int
            It also ends where as many plans moved the bound by less than the tolerance.

        Raises
        ------
        NoConvergenceError
            If the gap does not close.
        InfeasibleError
            If no plan keeps all rows.
        """
        if self.found is None:
            self.take(self.best)
        self.step, self.first_step = self.first_step, STEP
        start, values = self.iterations, list[float]()
        while True:
            point, value, inside = self.propose()
            if inside and whole:
                self.bound = max(self.bound, value)
            ahead, proven = self.cost - value, value >= enough
            values.append(value)
            if stall and len(values) > stall and np.isfinite(self.cost):
                proven |= value - values[-1 - stall] < tolerance * self.size(self.cost)
            closed = np.isfinite(self.cost) and ahead <= tolerance * self.size(self.cost)
            if proven or closed:
                if not inside:
                    self.radius = np.inf
                    continue
                if proven or self.rough or (self.found is not None and not self.found.fine):
                    return
            if not self.rough and settled(self, value, inside, tolerance):
                continue
            if closed and not self.margin.waits() and not fined(self):
                return
            if self.iterations - start >= most:
                raise NoConvergenceError(
                    f"the gap was still {ahead:.3g} after {self.iterations} iterations"
                )
            best, aim = self.best, self.pace.met(point)
            if np.isfinite(self.cost):
                known, between = self.hull.cheapest()
                middle = between if known < self.cost else best
                # Half way to a plan with a margin of twice the excess nothing is exceeded.
                point = middle + max(self.step, STEP if closed else 0.0) * (point - middle)
                point = self.pace.inside(point, ahead / self.size(self.cost))
            better = self.take(point, ahead, FEW if self.rough else ROUNDS)
            if self.prober is not None:
                self.add(self.prober.fresh(self, best, aim))
            self.step = self.pace.after(self.step, better)

    def worth(self, point: Vector) -> float:
        """Return the cost of a plan itself and of what is done before the news [USD]."""
        return self.frame.money * float(self.frame.cost[: self.first] @ point)

    def take(
        self,
        point: Vector,
        ahead: float = np.inf,
        rounds: int = ROUNDS,
        hope: float | None = None,
    ) -> bool:
        """Evaluate a plan, add its cuts, keep it if it is better, and say whether it is.

        Parameters
        ----------
        point : numpy.ndarray
            A plan, shape (first,).
        ahead : float
            Gap at this moment, which says how exact the cost needs to be [USD].
        rounds : int
            Most prices of budgets to try.
        hope : float, optional
            Give up as soon as the plan is known to cost more than this [USD]; that of the best
            plan by default.

        Returns
        -------
        bool
            Whether it is the best so far.
        """
        frame = self.frame
        start = len(frame.rows) - len(frame.expected)
        allowed = frame.high[start:] - frame.matrix[start:, : self.first] @ point
        fixed = self.worth(point)
        size = 1.0 + abs(fixed)
        limits = Limits(
            fine=self.fine,
            hope=(self.cost if hope is None else hope) - fixed if not frame.tail else np.inf,
            slack=max(LOOSE * min(ahead, 1e-2 * size), NEARLY * size if self.rough else 0.0),
            noise=NOISE * frame.money,
            rounds=rounds,
            positive=frame.positive,
        )
        near = self.caps.around(self.last)
        # Beyond the fine a price bounds another problem than the one whose cost is compared.
        prices = around([np.minimum(price, self.fine) for price in (self.price, *near)])
        threshold = self._at_risk(point) if frame.tail else None
        found = priced_recourse(self.evaluator, point, allowed, prices, limits, threshold)
        self.iterations += 1
        if len(frame.expected) and not frame.tail and self._allowed(point):
            self.hull.add(point, fixed + found.each[:, 0], found.each[:, 1:] - allowed)
        cost = fixed + found.cost
        if frame.tail:
            mass = self.evaluator.probability
            cost = np.inf
            if np.isfinite(found.cost):
                cost = self.objective.value(found.totals, mass)
                self.threshold = value_at_risk(found.totals, mass, self.objective.level)
        better = bool(cost < self.cost) and self._allowed(point)
        self.margin.fade()
        little = found.fine <= PAID * ahead < np.inf
        if better and found.fine and self.found is not None and not (self.found.fine or little):
            # It exceeds budgets that the best plan keeps, because the fine is too low.
            self.fine, better = 8.0 * self.fine, False
        if better:
            self.best, self.found, self.cost = point, found, cost
            self.center, self.last = point, found.prices
            if found.fine and little:
                self.margin.ask(found.risk - allowed)
        self.add(found.cuts)
        if self.watch is not None:
            self.watch(self)
        return better

    def _at_risk(self, point: Vector) -> float:
        """Return the cost beyond which a scenario counts for the tail at a plan [USD]."""
        if self.threshold is None:
            totals = self.evaluator.evaluate(point).totals
            self.threshold = value_at_risk(totals, self.evaluator.probability, self.objective.level)
        # The scenario that sets the threshold has to count, though its cost is rounded otherwise
        # when it is met again: cuts of less than the tail leave the threshold without lower limit.
        return self.threshold - ROUNDED * (1.0 + abs(self.threshold))

    def _allowed(self, point: Vector) -> bool:
        """Say whether no decision that is yes or no lies between, and all cones are kept."""
        blocks = self.frame.blocks
        whole = point[blocks.integer[: self.first]]
        if self.strict and (np.abs(whole - np.round(whole)) > 1e-9).any():
            return False
        return cones.keeps(blocks, self.evaluator.level_data, point)

    def tangents(self, point: Vector) -> bool:
        """Add a tangent for each cone that a plan exceeds, and say whether there was one."""
        blocks, data = self.frame.blocks, self.evaluator.level_data
        found = cones.tangents(blocks, data, point) if blocks.cones else []
        self.add([cones.as_cut(blocks, data, t, len(self.frame.expected)) for t in found])
        return bool(found)

    def add(self, cuts: list[Cut]) -> None:
        """Add cuts to the master."""
        for cut in cuts:
            if cut.weight:
                self._seen[cut.cluster] = True
        if cuts:
            matrix, low = self.frame.solver_rows(cuts)
            self.master.add_rows(matrix, low, np.full(len(cuts), np.inf))
        self.pool.cuts += cuts
        self.pool.idle += [0] * len(cuts)

    def _box(self) -> tuple[Vector, Vector]:
        """Return the bounds of the master: those of the problem within the trust region."""
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[self.frame.over] = -self.margin.spare
        upper[self.frame.over] = self.caps.room() - self.margin.spare
        if not self._seen.all():
            # Without a cut a cluster's cost has no lower limit: look for a feasible plan first.
            free = slice(self.first, self.first + self.frame.clusters)
            lower[free], upper[free] = 0.0, 0.0
            if self.frame.tail:
                lower[-1] = upper[-1] = 0.0
        if np.isfinite(self.radius):
            near = self.radius * self.scale
            mine = slice(0, self.first)
            lower[mine], upper[mine] = within(lower[mine], upper[mine], self.center, near)
        return lower, upper

    def propose(self) -> tuple[Vector, float, bool]:
        """Return the master's point, its value, and whether the trust region let it be."""
        self.caps.tell(self.master, self.fine)
        lower, upper = self._box()
        status, point, multipliers = self.master.resolve(lower, upper)
        if status != "optimal":
            self.master.forget()
            status, point, multipliers = self.master.resolve(lower, upper)
        if status == "unbounded" and not np.isfinite(self.radius):
            self.radius = 100.0
            return self.propose()
        if status == "infeasible" and (np.isfinite(self.radius) or self.margin.spare.any()):
            # Neither a region nor a margin may say that no plan keeps the rows.
            self.radius = np.inf
            self.margin.drop()
            return self.propose()
        kept = self.found is not None and self.found.fine == 0.0 and np.isfinite(self.cost)
        if status == "infeasible" and not kept:
            # Cuts hold for every plan, so no plan at all keeps the rows.
            raise InfeasibleError("no plan keeps all limits")
        if status != "optimal":
            raise NoConvergenceError(f"the master problem ended {status}")
        if self.tangents(point):
            return self.propose()
        rows = len(self.frame.rows)
        start = rows - len(self.frame.expected)
        if len(self.frame.expected):
            price = self.frame.money * np.maximum(-multipliers[start:rows], 0.0)
            # A budget that costs more than the fine is exceeded, and the fine rises.
            price = np.minimum(price, self.fine)
            self.price = np.where(price < NOISE * self.frame.money, 0.0, price)
        if self.frame.tail and self._seen.all():
            self.threshold = self.frame.money * float(point[-1])
        self.proposed = point
        plan = point[: self.first]
        edge = (plan <= lower[: self.first] + 1e-9) & (plan > self.lower[: self.first] + 1e-9)
        edge |= (plan >= upper[: self.first] - 1e-9) & (plan < self.upper[: self.first] - 1e-9)
        value = self.frame.money * float(self.caps.cost @ point)
        # By weak duality: the reduced costs of what rows are exceeded by say what margins cost.
        reduced = self.caps.cost[self.frame.over] + multipliers[start:rows]
        value += self.frame.money * float(reduced @ self.margin.spare)
        self.caps.met(point[self.frame.over] + self.margin.spare, value, self.cost - value)
        self._prune(multipliers[rows:])
        return plan, value, bool(self._seen.all() and not edge.any())

    def _prune(self, multipliers: Vector) -> None:
        """Forget cuts that have not been active for a while."""
        old = self.pool.idled(multipliers, self.patience)
        if len(old) > 200 and not self.strict:
            self.master.delete_rows(old + len(self.frame.rows))
            self.pool.drop(old)
