"""Decomposition of a batch of scenarios: from a few of them to all, then the decisions."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED
from diversify.errors import InfeasibleError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.cone_parts import keeping
from diversify.solver.cones import with_tangents
from diversify.solver.evaluator import Evaluator, shards
from diversify.solver.extensive import stack
from diversify.solver.fines import NoConvergenceError
from diversify.solver.guess import guess
from diversify.solver.highs import run
from diversify.solver.integers import search_integers
from diversify.solver.keeping import Keeper
from diversify.solver.least_excess import refuse_hopeless
from diversify.solver.master import make_frame
from diversify.solver.means import approach, serves
from diversify.solver.pace import INSIDE, Pace
from diversify.solver.sampling import by_cost, clusters, in_line, systematic, telling
from diversify.solver.scaling import worthwhile
from diversify.solver.search import Search, Watch

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# The extensive form of so many scenarios gives the first plan.
SAMPLE = 20
# Up to so many scenarios each has a cut of its own.
ALONE = 400
CLUSTERS = 100
# Sizes of the samples on the way to all scenarios.
SIZES = (150, 1_500)
# Where the tail of the cost counts, the dearest scenarios are looked at closely: those of so many
# times its probability, in so many pieces, and the rest in so many; then so many clusters of each.
AROUND = 2.0
PIECES = (200, 50)
GROUPS = (20, 5)
# The search of these pieces begins with steps of so much of the way, and what success and failure
# make of a step.
CLOSE, LONGER, SHORTER = 0.05, 1.5, 0.8
# Its plan is moved so far to the mean of the master's points, since multipliers at the edge of what
# a plan may be say too much of others.
INWARD = 0.03
# A sample is not worth solving beyond what it can say about all.
ROUGH = 1e-4
# Non-zeros of the problem of a few scenarios beyond which interior points are faster.
LARGE = 80_000


@dataclass(frozen=True, slots=True)
class Way:
    """How to compute.

    Attributes
    ----------
    executor : concurrent.futures.Executor or None
        Where shards are; None for this machine.
    workers : int
        Processes of our own, where there is no executor.
    watch : callable or None
        Called after each evaluated plan.
    time_limit : float or None
        Seconds; the best plan so far is kept.
    checkpoint : pathlib.Path or None
        Folder in which the state of the search is kept, to go on from.
    """

    executor: Executor | None = None
    workers: int = 1
    watch: Watch | None = None
    time_limit: float | None = None
    checkpoint: Path | None = None


def decompose(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    *,
    gap: float = 3e-7,
    objective: MeanCvar | None = None,
    way: Way | None = None,
    keeper: Keeper | None = None,
) -> Search:
    """Return a search whose best plan is the cheapest for a batch of scenarios.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem; only its first stage may have yes/no decisions.
    theta : numpy.ndarray
        Data of each distinct scenario, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).
    gap : float
        Relative gap between the exact cost and the cuts.
    objective : MeanCvar, optional
        What is minimised; the expected cost by default.
    way : Way, optional
        How to compute; all in this process by default.
    keeper : Keeper, optional
        What watches over the search; by default it does no more than call ``way.watch``.

    Returns
    -------
    Search
        Best plan, what it costs in each scenario, and the cuts that prove it. Its evaluator is
        still open.

    Raises
    ------
    NoConvergenceError
        If the gap does not close.
    InfeasibleError
        If no plan keeps all rows.
    """
    way = way or Way()
    goal = objective or MeanCvar()
    keeper = keeper or Keeper(len(theta), watch=way.watch)
    saved = keeper.saved
    line = in_line(theta, news)
    plan, price = (saved.plan, saved.price) if saved is not None else (None, None)
    totals = None
    tail = goal.cvar > 0 and ALONE < len(theta) <= 2 * max(SIZES)
    if plan is None or tail:
        start = _start(blocks, theta, probability, news, line, keeper.left)
        plan = start if plan is None else plan
        if tail:
            # Not at a saved plan: clusters have to be those of the cuts that were saved with it.
            totals = Evaluator(blocks, theta, probability, news).evaluate(start).totals
    doubtful = False
    # With many scenarios means of like ones come after the samples, and before all of them.
    like = serves(blocks, news) and goal.cvar == 0
    for size in SIZES:
        if len(theta) <= max(ALONE, 2 * size):
            break
        if saved is not None and (saved.level == 0 or size < saved.level):
            continue
        if totals is None:
            chosen, mass = systematic(line, probability, size)
        else:
            beyond = min(1.0, AROUND * (1.0 - goal.level))
            chosen, mass = telling(totals, probability, line, beyond, PIECES)
        # A few scenarios are solved sooner than they are handed over.
        here = Way(workers=way.workers if len(chosen) > ALONE else 1)
        search = _search(blocks, theta[chosen], mass, news[chosen], goal, plan, price, here)
        if totals is not None:
            # The dearest scenarios say little about plans far from those that serve them.
            search.first_step, search.pace = CLOSE, Pace(CLOSE, LONGER, SHORTER)
        search.rough = search.pace.leans = like
        keeper.begin(search, size)
        try:
            search.run(ROUGH)
        except (InfeasibleError, NoConvergenceError):
            # What a sample cannot do says nothing final about all, but what is to be asked first.
            doubtful = True
            break
        finally:
            search.evaluator.close()
        plan, price = search.best, search.price
        if not blocks.cones and (like or totals is not None):
            plan = search.pace.inward(plan, INSIDE if totals is None else INWARD)
    search = _search(blocks, theta, probability, news, goal, plan, price, way, totals)
    search.pace.leans = like
    try:
        keeper.begin(search, 0)
        whole = blocks.integer[: blocks.first].any()
        if doubtful and len(search.frame.expected):
            refuse_hopeless(search)
        if saved is None or saved.level or not saved.decided:
            if like and not doubtful:
                approach(search, news, max(gap, ROUGH) if whole else gap, way.workers, keeper)
            search.run(max(gap, ROUGH) if whole else gap)
        if whole:
            search_integers(search, gap)
    except BaseException:
        search.evaluator.close()
        raise
    return search


def _search(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    goal: MeanCvar,
    plan: Vector,
    price: Vector | None,
    way: Way,
    totals: Vector | None = None,
) -> Search:
    count = len(theta) if len(theta) <= ALONE else CLUSTERS
    order = None if totals is None else np.argsort(totals, kind="stable")
    if totals is None:
        cluster = clusters(shards(theta, news), probability, count)
    else:
        beyond = min(1.0, AROUND * (1.0 - goal.level))
        cluster = by_cost(totals, probability, beyond, GROUPS)
    frame = make_frame(blocks, theta, probability, news, cluster, goal)
    evaluator = Evaluator(
        blocks,
        theta,
        probability,
        news,
        cluster,
        executor=way.executor,
        workers=way.workers,
        order=order,
    )
    return Search(frame, evaluator, plan, goal, price)


def _start(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    line: Index,
    left: float | None,
) -> Vector:
    """Return the plan for a few scenarios alone, a good point to begin with.

    Rows in expectation mean something else for some of the scenarios than for all, so where they
    cannot hold they are left out; what is infeasible even then is infeasible for all.
    """
    chosen, mass = systematic(line, probability, SAMPLE)
    extensive = stack(blocks, theta[chosen], mass, news[chosen])
    # HiGHS 1.15.1: on a large first problem its simplex can take many times what it saves.
    solver = "ipm" if extensive.problem.matrix.nnz > LARGE else "choose"
    if blocks.cones:
        # A plan between one that exceeds a cone and one that keeps it exceeds it.
        found, kept = keeping(blocks, extensive.problem, theta[0], left)
        if kept is not None:
            return kept[: blocks.first]
        extensive = stack(with_tangents(blocks, found), theta[chosen], mass, news[chosen])
    problem = extensive.problem.relaxed()
    once = blocks.stage[extensive.row] != EXPECTED
    # On clashing budgets of billions its simplex runs for minutes, and interior points for seconds.
    doubtful = not once.all() and worthwhile(problem) is not None
    if doubtful and guess(problem, left).status == "infeasible":
        problem = problem.only(np.flatnonzero(once))
    answer = run(problem, solver=solver, time_limit=left)
    if answer.status == "infeasible":
        answer = run(extensive.problem.relaxed().only(np.flatnonzero(once)), time_limit=left)
    if answer.status == "infeasible":
        raise InfeasibleError("no plan keeps all limits even for a few scenarios")
    if answer.point is None:
        # A few scenarios may leave the cost without a lower limit, and all of them not.
        zero = np.zeros(blocks.first)
        return np.clip(zero, blocks.lower[: blocks.first], blocks.upper[: blocks.first])
    return answer.point[: blocks.first]
