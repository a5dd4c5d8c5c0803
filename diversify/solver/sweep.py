"""The same problem at one level of a policy after another, each from what the last one left."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED, PLAN
from diversify.errors import InfeasibleError, NotCertifiedError, NotSolvedError, SolverError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.caps import FINE
from diversify.solver.decomposed import ROUGH, Way, decompose
from diversify.solver.decomposed_method import SPARE, proven
from diversify.solver.extensive import stack
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.fines import DOUBT
from diversify.solver.highs import run
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
from diversify.solver.probing import Prober
from diversify.solver.search import Search
from diversify.solver.solution import Solution
from diversify.solver.warm import WarmProblem

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
Level = float | Vector
# Solves of the master after which an idle cut goes: what is learnt here is for one level.
PATIENCE = 3


class Sweep:
    """A batch of scenarios that is solved at several levels of some policies.

    The extensive form keeps its basis. Decomposition keeps the recourse of every scenario with its
    bank and bases, the cuts, moved to the new level, and the prices of budgets. Every answer has a
    certificate of its own, so what is kept can cost time and never truth.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem; the levels are among its symbols.
    theta : numpy.ndarray
        Data of each distinct scenario at any level, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).
    policy : str or sequence of str
        Whose level is swept, or levels.
    method, gap, objective, way
        As in :func:`~diversify.solver.methods.solve_batch`.

    Attributes
    ----------
    gap : float
        At which a level counts as solved; it may change from one to the next.
    """

    def __init__(
        self,
        blocks: Blocks,
        theta: Vector,
        probability: Vector,
        news: Index,
        policy: str | Sequence[str],
        *,
        method: Method = "auto",
        gap: float | None = None,
        objective: MeanCvar | None = None,
        way: Way | None = None,
    ) -> None:
        self.blocks = blocks
        self.probability, self.news = probability, news
        names = [policy] if isinstance(policy, str) else policy
        self.symbols = np.array([blocks.levels[name] for name in names], dtype=np.int64)
        self._theta = theta
        self._method = method
        self.gap = usual_gap(len(theta)) if gap is None else gap
        self._goal = objective or MeanCvar()
        self._way = way or Way()
        joint = not self._goal.plain and bool((blocks.stage == EXPECTED).any())
        # With budgets the tail of the cost is written as rows (methods.py).
        self._whole = with_mean_cvar(blocks, self._goal) if joint else blocks
        self._inner = MeanCvar() if joint else self._goal
        self._mover = Mover(self._whole, self.symbols)
        # Decisions end with bounds, and cones with rows, that are not those of the next level.
        firm = not self._whole.integer[: self._whole.first].any() and not self._whole.cones
        self._in_place = self._mover.still and firm
        self._prober = Prober(self._whole)
        large = method == "auto" and expected_size(blocks, news) > LARGE
        by_cuts = method == "decomposed" or large
        # Each flat limit makes a problem of its own, and that one decomposition takes.
        self._curved = by_cuts and bool(blocks.curves)
        self._by_cuts = by_cuts and not unfit(blocks, theta)
        self._search: Search | None = None
        self._level = np.zeros(len(self.symbols))
        self._warm = WarmProblem()

    @property
    def by_cuts(self) -> bool:
        """Whether the levels are solved by decomposition."""
        return self._by_cuts

    def theta(self, level: Level) -> Vector:
        """Return the data of every scenario at a level, shape (S, P)."""
        found = self._theta.copy()
        found[:, self.symbols] = level
        return found

    @property
    def warm(self) -> bool:
        """Whether there is something to start from."""
        return self._warm.known or (self._search is not None and self._mover.movable)

    def at(self, level: Level) -> Solution:
        """Return the cheapest plan at a level, from what was learnt at the last one.

        Parameters
        ----------
        level : float or numpy.ndarray
            Value of the policy's symbol, or of each, shape (n,).

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
        if self._curved:
            return self.cold(level)
        if self._by_cuts:
            self._refuse_clash(level)
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

    def _refuse_clash(self, level: Level) -> None:
        """Say at once where the rows of the first stage alone leave no plan."""
        extensive = stack(self.blocks, self.theta(level)[:1], np.ones(1), self.news[:1])
        once = np.flatnonzero(self.blocks.stage[extensive.row] == PLAN)
        if run(extensive.problem.relaxed().only(once).without_cost()).status == "infeasible":
            raise InfeasibleError("no plan keeps all limits")

    def cold(self, level: Level) -> Solution:
        """Return the cheapest plan at a level as if it were the only one; raises as :meth:`at`."""
        return solve_batch(
            self.blocks,
            self.theta(level),
            self.probability,
            self.news,
            method=self._method,
            gap=self.gap,
            objective=self._goal,
            way=self._way,
        )

    def close(self) -> None:
        """Let go of everything that was kept."""
        if self._search is not None:
            self._search.evaluator.close()
        self._search = None

    def _extensive(self, level: Level) -> Solution:
        return solve_extensive(
            self.blocks,
            self.theta(level),
            self.probability,
            self.news,
            gap=self.gap,
            objective=self._goal,
            ask=self._warm,
        )

    def _decomposed(self, level: Level) -> Solution:
        before = 0
        if self._search is None or not self._mover.movable:
            self.close()
            search = decompose(
                self._whole,
                self.theta(level),
                self.probability,
                self.news,
                gap=self._within,
                objective=self._inner,
                way=self._way,
            )
            self._keep(search, level)
        else:
            before = self._search.evaluator.solves
            search = self._moved(self._search, level)
            self._close_gap(search)
        found = proven(search, self._whole, self.probability, self._inner, self.gap)
        solves = found.size["recourse_problems"] - before
        size = {**found.size, "recourse_problems": solves}
        return dataclasses.replace(found.over(self.blocks), size=size)

    @property
    def _within(self) -> float:
        """The gap at which a search ends, so that its proof has the one that is asked for."""
        return max(0.5 * self.gap, self.gap - SPARE)

    def _keep(self, search: Search, level: Level) -> None:
        self._search = search
        self._level = np.broadcast_to(np.asarray(level, dtype=np.float64), self.symbols.shape)

    def _moved(self, old: Search, level: Level) -> Search:
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
        evaluator.level = self.symbols, level
        search = Search(frame, evaluator, old.best, self._inner, old.price, self._way.watch)
        # At another level another price is to be expected.
        search.caps.lift()
        if self._in_place:
            search.go_on_from(old)
        else:
            change = level - self._level
            search.add([self._mover.moved(cut, change) for cut in old.pool.cuts if cut.cone < 0])
        # From here on there is no way back to the old level.
        self._keep(search, level)
        search.last, search.threshold = old.last, old.threshold
        search.patience = PATIENCE
        # The fines are those of a level that could be kept; what exceeds a budget all the same may
        # have to.
        search.rises = DOUBT - 1
        # The old plan need not keep the first stage's rows any more; the master's point does, and
        # the cuts bound it.
        search.radius = np.inf
        point, _, _ = search.propose()
        search.best = search.center = point
        search.fine = np.maximum(search.fine, FINE * search.price)
        return search

    def _close_gap(self, search: Search) -> None:
        gap = self._within
        whole = bool(self._whole.integer[: self._whole.first].any())
        tolerance = max(gap, ROUGH) if whole else gap
        # Cuts on the tail of the cost are made at the plans themselves, and where scenarios share
        # cuts a probe is dear.
        search.prober = None if search.frame.tail or search.clustered else self._prober
        search.run(tolerance)
        search.prober = None
        if whole:
            search_integers(search, gap)
