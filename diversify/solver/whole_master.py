"""The mixed-integer master: the first stage with tight links and the cuts that matter to it."""

from __future__ import annotations

import dataclasses

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.answer import Answer
from diversify.solver.cuts import Cut
from diversify.solver.highs import run
from diversify.solver.master import Pool
from diversify.solver.problem import Problem
from diversify.solver.search import Search
from diversify.solver.tightening import tightened
from diversify.solver.warm_lp import WarmLp

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# A multiplier below this says that a cut does not matter at a point.
IDLE = 1e-9
# How far a point may break a cut, relative to the cut's size, and how many are added at a time.
BROKEN = 1e-6
ADDED = 100


class WholeMaster:
    """Chooses whole decisions.

    A mixed-integer problem takes as long as it has rows, and of some thousand cuts a tenth matters.
    So it has only those that are active where some decisions were looked at; any of them
    gives a true bound. All cuts are remembered, and those that decisions break are added.

    Parameters
    ----------
    search : Search
        After its relaxation.
    """

    def __init__(self, search: Search) -> None:
        frame, first = search.frame, search.first
        self.search = search
        self.integer: Index = np.flatnonzero(frame.blocks.integer[:first])
        self._every: list[Cut] = []
        self._known: set[int] = set()
        self._kept: dict[int, Cut] = {}
        start = len(frame.rows) - len(frame.expected)
        whole = frame.problem([])
        alone = Problem(
            sp.csr_array(whole.matrix[:start, :first]),
            whole.cost[:first],
            whole.lower[:first],
            whole.upper[:first],
            whole.low[:start],
            whole.high[:start],
            whole.integer[:first],
        )
        self._links = tightened(alone)
        self.learn()

    def learn(self) -> None:
        """Remember the cuts of the search, and keep those that matter in its present bounds."""
        search = self.search
        for cut in search.pool.cuts:
            if id(cut) not in self._known:
                self._known.add(id(cut))
                self._every.append(cut)
        status, _, multipliers = search.master.resolve(search.lower, search.upper)
        if status == "optimal":
            active = np.abs(multipliers[len(search.frame.rows) :]) > IDLE
            self.keep([search.pool.cuts[i] for i in np.flatnonzero(active).tolist()])

    def keep(self, cuts: list[Cut]) -> None:
        """Let the master have some cuts from now on."""
        self._kept |= {id(cut): cut for cut in cuts}

    def settle(self) -> None:
        """Leave the search with the cuts that matter alone, which makes its own master small."""
        search, cuts = self.search, list(self._kept.values())
        search.pool = Pool(cuts, [0] * len(cuts))
        search.master = WarmLp(search.frame.problem(cuts).relaxed())

    def chosen(self, gap: float) -> Answer:
        """Return the plan whose decisions are the cheapest by the cuts that it has.

        Parameters
        ----------
        gap : float
            Relative gap.

        Returns
        -------
        Answer
            Its bound holds for every plan.
        """
        return run(self._problem(), mip_gap=gap)

    def possible(self, plan: Vector) -> bool:
        """Say whether some plan with the decisions of one keeps all cuts, and keep those it needs.

        Parameters
        ----------
        plan : numpy.ndarray
            With whole decisions, shape (first,).

        Returns
        -------
        bool
            Whether there is one. If not, the master will not choose these decisions again.
        """
        problem = self._problem()
        lower, upper = problem.lower.copy(), problem.upper.copy()
        lower[self.integer] = upper[self.integer] = plan[self.integer]
        lp = WarmLp(problem.relaxed())
        rest = [cut for cut in self._every if id(cut) not in self._kept]
        all_rows, start = self.search.frame.problem(rest), len(self.search.frame.rows)
        matrix, low = sp.csr_array(all_rows.matrix[start:]), all_rows.low[start:]
        size = 1.0 + np.sqrt(np.asarray((matrix * matrix).sum(axis=1)).ravel())
        waiting = np.ones(len(rest), dtype=bool)
        while True:
            status, point, _ = lp.resolve(lower, upper)
            if status != "optimal":
                return False
            short = np.where(waiting, (low - matrix @ point) / size, 0.0)
            worst = np.argsort(-short, kind="stable")[:ADDED]
            worst = worst[short[worst] > BROKEN]
            if not len(worst):
                return True
            waiting[worst] = False
            self.keep([rest[i] for i in worst.tolist()])
            lp.add_rows(sp.csr_array(matrix[worst]), low[worst], np.full(len(worst), np.inf))

    def _problem(self) -> Problem:
        search, links = self.search, self._links
        whole = search.frame.problem(list(self._kept.values()))
        start = links.shape[0]
        top = sp.hstack([links.matrix, whole.matrix[:start, search.first :]])
        return dataclasses.replace(
            whole,
            matrix=sp.csr_array(sp.vstack([top, whole.matrix[start:]])),
            low=np.r_[links.low, whole.low[start:]],
            high=np.r_[links.high, whole.high[start:]],
        )
