"""The same problem at one level of a policy after another, each from what the last one left."""

from __future__ import annotations

import contextlib
import dataclasses

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED
from diversify.errors import NotCertifiedError, NotSolvedError, SolverError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.decomposed import ROUGH, Way, decompose
from diversify.solver.decomposed_method import proven
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.integers import search_integers
from diversify.solver.master import make_frame
from diversify.solver.methods import (
    LARGE,
    Method,
    expected_size,
    solve_batch,
    unfit,
    usual_gap,
)
from diversify.solver.moving import Mover
from diversify.solver.objective import with_mean_cvar
from diversify.solver.partial import search_partially
from diversify.solver.search import FINE, Search
from diversify.solver.solution import Solution
from diversify.solver.warm import WarmProblem

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


class Sweep:
    """A batch of scenarios that is solved at several levels of one policy.

    The extensive form keeps its basis. Decomposition keeps the recourse of every scenario with its
    bank and bases, the cuts, moved to the new level, and the prices of budgets. Every answer has a
    certificate of its own, so what is kept can cost time and never truth.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem; the level is one of its symbols.
    theta : numpy.ndarray
        Data of each distinct scenario at any level, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).
    policy : str
        Whose level is swept.
    method, gap, objective, way
        As in :func:`~diversify.solver.methods.solve_batch`.
    """

    def __init__(
        self,
        blocks: Blocks,
        theta: Vector,
        probability: Vector,
        news: Index,
        policy: str,
        *,
        method: Method = "auto",
        gap: float | None = None,
        objective: MeanCvar | None = None,
        way: Way | None = None,
    ) -> None:
        self.blocks = blocks
        self.probability, self.news = probability, news
        self.symbol = blocks.levels[policy]
        self._theta = theta
        self._method = method
        self._gap = usual_gap(len(theta)) if gap is None else gap
        self._goal = objective or MeanCvar()
        self._way = way or Way()
        joint = not self._goal.plain and bool((blocks.stage == EXPECTED).any())
        # With budgets the tail of the cost is written as rows (methods.py).
        self._whole = with_mean_cvar(blocks, self._goal) if joint else blocks
        self._inner = MeanCvar() if joint else self._goal
        self._mover = Mover(self._whole, self.symbol)
        large = method == "auto" and expected_size(blocks, news) > LARGE
        self._by_cuts = (method == "decomposed" or large) and not unfit(blocks, theta)
        self._search: Search | None = None
        self._level = 0.0
        self._warm = WarmProblem()

    def theta(self, level: float) -> Vector:
        """Return the data of every scenario at a level, shape (S, P)."""
        found = self._theta.copy()
        found[:, self.symbol] = level
        return found

    @property
    def warm(self) -> bool:
        """Whether there is something to start from."""
        return self._warm.known or (self._search is not None and self._mover.movable)

    def at(self, level: float) -> Solution:
        """Return the cheapest plan at a level, from what was learnt at the last one.

        Parameters
        ----------
        level : float
            Of the policy.

        Returns
        -------
        Solution
            Certified.

        Raises
        ------
        InfeasibleError
            If no plan keeps all limits.
        UnboundedError, NotCertifiedError
            If there is no plan to return.
        """
        if self._by_cuts:
            try:
                return self._decomposed(level)
            except (NotCertifiedError, SolverError):
                self.close()
        elif not self.blocks.integer.any():
            # What a warm start says against a plan is not final before a cold one has said it.
            with contextlib.suppress(NotSolvedError, SolverError):
                return self._extensive(level)
            self._warm = WarmProblem()
        return self.cold(level)

    def cold(self, level: float) -> Solution:
        """Return the cheapest plan at a level as if it were the only one; raises as :meth:`at`."""
        return solve_batch(
            self.blocks,
            self.theta(level),
            self.probability,
            self.news,
            method=self._method,
            gap=self._gap,
            objective=self._goal,
            way=self._way,
        )

    def close(self) -> None:
        """Let go of everything that was kept."""
        if self._search is not None:
            self._search.evaluator.close()
        self._search = None

    def _extensive(self, level: float) -> Solution:
        return solve_extensive(
            self.blocks,
            self.theta(level),
            self.probability,
            self.news,
            gap=self._gap,
            objective=self._goal,
            ask=self._warm,
        )

    def _decomposed(self, level: float) -> Solution:
        before = 0
        if self._search is None or not self._mover.movable:
            self.close()
            search = decompose(
                self._whole,
                self.theta(level),
                self.probability,
                self.news,
                gap=0.5 * self._gap,
                objective=self._inner,
                way=self._way,
            )
        else:
            before = self._search.evaluator.solves
            search = self._moved(self._search, level)
            self._close_gap(search)
        self._search, self._level = search, level
        found = proven(search, self._whole, self.probability, self._inner, self._gap)
        solves = found.size["recourse_problems"] - before
        return dataclasses.replace(
            found,
            blocks=self.blocks,
            plan=found.plan[: self.blocks.first],
            row_multiplier=found.row_multiplier[: len(self.blocks.rows)],
            size={**found.size, "recourse_problems": solves},
        )

    def _moved(self, old: Search, level: float) -> Search:
        """Return a search at another level that begins with the cuts of an old one."""
        evaluator = old.evaluator
        frame = make_frame(
            self._whole,
            self.theta(level),
            self.probability,
            self.news,
            evaluator.cluster,
            self._inner,
        )
        evaluator.level = self.symbol, level
        search = Search(frame, evaluator, old.best, self._inner, old.price, self._way.watch)
        search.add([self._mover.moved(cut, level - self._level) for cut in old.pool.cuts])
        search.last, search.threshold = old.last, old.threshold
        # The old plan need not keep the first stage's rows any more; the master's point does, and
        # the cuts bound it.
        search.radius = np.inf
        point, _, _ = search.propose()
        search.best = search.center = point
        search.fine = np.maximum(search.fine, FINE * search.price)
        return search

    def _close_gap(self, search: Search) -> None:
        gap = 0.5 * self._gap
        whole = bool(self._whole.integer[: self._whole.first].any())
        tolerance = max(gap, ROUGH) if whole else gap
        if search.clustered and not search.frame.tail:
            search_partially(search, tolerance)
        else:
            search.run(tolerance)
        if whole:
            search_integers(search, gap)
