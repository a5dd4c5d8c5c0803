"""Why not: which limits clash, in the words of the user, and the smallest change that would do."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import PLAN
from diversify.errors import SolverError
from diversify.formulation import Network
from diversify.policies import Policy
from diversify.solver.extensive import Extensive, stack
from diversify.solver.highs import infeasible_subset, run
from diversify.solver.problem import Problem
from diversify.solver.relaxation import OutOfTimeError, smallest_change
from diversify.solver.scaling import closest
from diversify.solver.wording import Item, items_of_bounds, items_of_rows, spoken

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
FEW = (8, 40)
CHECKED = 200
# What all rows together may be missed by, in scaled units, for a point to count as one.
MISSED = 1e-6
# Seconds for each part of the search: the clash, the changes that would do, the check of those.
LIMIT = 60.0
TOO_LATE = "the conflict could not be found in time"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Limits that cannot hold together.

    Attributes
    ----------
    items : tuple of Item
        Policies and data rows that clash: leaving out any one of them resolves this clash. Each
        says by how much it would have to change if it alone were changed.
    smallest : dict
        The cheapest set of level changes that makes a plan possible, by policy, weighted by the
        policies' priorities; empty where no change of levels helps. Checked in up to 200 scenarios.
    integer : bool
        Whether the clash needs the yes/no decisions: the limits could hold if sites could be
        qualified in part.
    scenarios, of : int
        How many of how many distinct scenarios the clash was found in; 0 if the plan alone
        clashes, whatever happens.
    checked : int, optional
        In how many scenarios the smallest change does, where time did not suffice to check more of
        them; without such a change, where time did not suffice to find it.
    """

    items: tuple[Item, ...]
    smallest: dict[str, float]
    integer: bool = False
    scenarios: int = 0
    of: int = 0
    checked: int | None = None

    def sentence(self) -> str:
        """Return the conflict as text: the clash, then the smallest change."""
        lines = ["No plan keeps all limits. These cannot hold together:"]
        lines += [f"- {line}" for line in spoken(self.items)]
        if self.integer:
            lines.append(
                "(They could if yes-or-no decisions and whole modules could be taken in part.)"
            )
        if 0 < self.scenarios < self.of:
            lines.append(f"(Found in the {self.scenarios} most likely of {self.of} scenarios.)")
        if self.smallest:
            changes = ", ".join(f"{name}: {change:+.6g}" for name, change in self.smallest.items())
            lines.append(f"Smallest change of levels that would do: {changes}")
            if self.checked is not None:
                of = f"the {self.checked} most likely of {self.of} scenarios"
                where = of if self.checked else "the plan before any scenario"
                lines.append(f"(Enough for {where}; there was no time to check it in more.)")
        elif self.checked is not None:
            lines.append("There was no time to find the smallest change of levels that would do.")
        else:
            lines.append("No change of policy levels alone would do.")
        return "\n".join(lines)

    def records(self) -> list[dict[str, str | float | None]]:
        """Return the items as plain data, with the keys of ``--json``."""
        return [
            {
                "policy": item.policy,
                "row": item.row,
                "change": item.change,
                "unit": item.unit,
                "tightest": item.tightest,
            }
            for item in self.items
        ]


def find_conflict(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    policies: Sequence[Policy],
    network: Network,
    *,
    most: int | None = None,
) -> Conflict | None:
    """Return why a problem has no solution, or None if what was looked at has one.

    The clash is looked for in ever more of the problem: the first stage alone, then the most
    likely scenarios, then all. A clash in the first stage is one of the whole problem; one that
    needs scenarios says how many of them it was found in.

    Parameters
    ----------
    blocks, theta, probability, news
        The problem, as it was solved.
    policies : sequence of Policy
        The policies in it.
    network : Network
        The network of the case.
    most : int, optional
        Look at no more scenarios than this.

    Returns
    -------
    Conflict or None
        What clashes and what would do.

    Raises
    ------
    SolverError
        If it cannot be found in time. Whether there is a solution at all may take any time where
        ``most`` is given.
    """
    limit = LIMIT if most is None else np.inf
    order = np.argsort(-probability, kind="stable")
    sizes = [n for n in (0, *FEW) if n < len(order)]
    sizes += [len(order)] if most is None or len(order) <= most else []
    for size in sizes:
        chosen = order[: max(size, 1)]
        mass = probability[chosen] / probability[chosen].sum()
        extensive = stack(blocks, theta[chosen], mass, news[chosen])
        if size == 0:
            once = np.flatnonzero(blocks.stage[extensive.row] == PLAN)
            extensive = dataclasses.replace(
                extensive,
                problem=extensive.problem.only(once),
                row=extensive.row[once],
                row_scenario=extensive.row_scenario[once],
            )
        found = _conflict_in(blocks, extensive, theta[chosen], policies, network, limit)
        if found is not None:
            found = dataclasses.replace(found, scenarios=size, of=len(order))
            larger = [order[:n] for n in sizes if size < n <= CHECKED]
            return _with_enough_change(blocks, theta, probability, news, policies, found, larger)
    return None


def likeliest(probability: Vector, most: int) -> tuple[Index, Vector]:
    """Return the likeliest scenarios, at most so many, and their probabilities among themselves."""
    chosen = np.argsort(-probability, kind="stable")[: max(most, 1)]
    mass = probability[chosen]
    return chosen, mass / mass.sum()


def _with_enough_change(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    policies: Sequence[Policy],
    found: Conflict,
    larger: Sequence[Index],
) -> Conflict:
    """Return the conflict with a change that does for more scenarios than the clash needs."""
    levels = {policy.name: policy for policy in policies if policy.name in blocks.levels}
    end, seen = time.monotonic() + LIMIT, found.scenarios
    for chosen in larger:
        if not found.smallest:
            break
        mass = probability[chosen] / probability[chosen].sum()
        moved = theta[chosen].copy()
        for name, change in found.smallest.items():
            level = levels[name].level_value + change
            moved[:, blocks.levels[name]] = levels[name].symbol_value(level)
        changed = stack(blocks, moved, mass, news[chosen])
        try:
            if _infeasible(changed.problem.without_cost(), end - time.monotonic()):
                extensive = stack(blocks, theta[chosen], mass, news[chosen])
                left = end - time.monotonic()
                every = smallest_change(blocks, extensive, theta[chosen], levels, [*levels], left)
                smallest = {k: v for k, v in every.items() if v != 0.0}
                found = dataclasses.replace(found, smallest=smallest)
        except OutOfTimeError:
            return dataclasses.replace(found, checked=seen)
        seen = len(chosen)
    return found


def _conflict_in(
    blocks: Blocks,
    extensive: Extensive,
    theta: Vector,
    policies: Sequence[Policy],
    network: Network,
    limit: float,
) -> Conflict | None:
    problem = extensive.problem
    whole = _possible(problem.relaxed().without_cost(), limit)
    if whole:
        if not problem.integer.any() or not _infeasible(problem.without_cost(), limit):
            return None
        items = _clash_of_decisions(blocks, extensive, policies, network)
    else:
        items = _clash(blocks, extensive, policies, network)
    levels = {policy.name: policy for policy in policies if policy.name in blocks.levels}
    involved = [item.policy for item in items if item.policy]
    end = time.monotonic() + LIMIT

    def least(*free: str) -> dict[str, float]:
        left = end - time.monotonic()
        return smallest_change(blocks, extensive, theta, levels, free, left)

    changed = []
    for item in items:
        if item.policy:
            change = None
            with contextlib.suppress(OutOfTimeError):
                change = least(item.policy).get(item.policy)
            level = levels[item.policy].level_value
            found = item.with_change(change)
            tightest = None if change is None else level + change
            changed.append(dataclasses.replace(found, tightest=tightest))
        else:
            changed.append(item)
    try:
        together = least(*(involved or levels)) or least(*levels)
    except OutOfTimeError:
        return Conflict(tuple(changed), {}, whole, checked=0)
    return Conflict(tuple(changed), {k: v for k, v in together.items() if v != 0.0}, whole)


def _clash(
    blocks: Blocks, extensive: Extensive, policies: Sequence[Policy], network: Network
) -> list[Item]:
    """Return the words for an irreducible set of rows of the linear relaxation."""
    problem = extensive.problem.relaxed()
    rows = _support(problem)
    small = problem.only(rows).without_cost()
    try:
        found, columns = infeasible_subset(small, time_limit=LIMIT)
        if _possible(small.only(found), LIMIT):
            raise SolverError("rows that can hold together were said to clash")
    except SolverError:
        # Where HiGHS 1.15.1 finds no irreducible set, the rows of the proof are one that clashes.
        found, columns = np.arange(len(rows)), np.zeros(0, dtype=np.int64)
    needed = rows[found]
    return [
        *items_of_rows(blocks, extensive, needed, policies, network),
        *items_of_bounds(blocks, extensive, columns, network),
    ]


def _infeasible(problem: Problem, limit: float) -> bool:
    """Say whether a problem has no point; raise where that takes longer than the limit."""
    answer = run(problem, time_limit=max(0.0, limit))
    if answer.status == "stopped" and answer.point is None:
        raise OutOfTimeError(TOO_LATE)
    return answer.status == "infeasible"


def _possible(problem: Problem, limit: float) -> bool:
    """Say whether a linear problem has a point; where HiGHS cannot, how far it is missed does."""
    try:
        return not _infeasible(problem, limit)
    except OutOfTimeError:
        raise
    except SolverError:
        return _phase_one(closest(problem).problem(problem)).objective <= MISSED


def _support(problem: Problem) -> Index:
    """Return rows that carry a proof of infeasibility: those with a multiplier in phase one."""
    try:
        multipliers = _phase_one(problem).multipliers
    except OutOfTimeError:
        raise
    except SolverError:
        multipliers = _phase_one(closest(problem).problem(problem)).multipliers
    rows = np.flatnonzero(np.abs(multipliers) > 1e-9)
    return rows if len(rows) else np.arange(problem.shape[0])


@dataclass(frozen=True, slots=True)
class _Missed:
    """By how much the rows of a problem are missed together at least, and who says so."""

    objective: float
    multipliers: Vector


def _phase_one(problem: Problem) -> _Missed:
    count, width = problem.shape
    scale = sp.diags_array(1.0 / np.maximum(1.0, abs(problem.matrix).max(axis=1).toarray().ravel()))
    matrix = sp.csr_array(scale @ problem.matrix)
    factor = scale.diagonal()
    identity = sp.eye_array(count, format="csr")
    elastic = Problem(
        sp.csr_array(sp.hstack([matrix, identity, -identity])),
        np.r_[np.zeros(width), np.ones(2 * count)],
        np.r_[problem.lower, np.zeros(2 * count)],
        np.r_[problem.upper, np.full(2 * count, np.inf)],
        problem.low * factor,
        problem.high * factor,
        np.zeros(width + 2 * count, dtype=bool),
    )
    answer = run(elastic, time_limit=LIMIT)
    if answer.status == "stopped":
        raise OutOfTimeError(TOO_LATE)
    if answer.point is None or answer.multipliers is None:
        raise SolverError("the proof of infeasibility could not be found")
    return _Missed(float(elastic.cost @ answer.point), answer.multipliers)


def _clash_of_decisions(
    blocks: Blocks, extensive: Extensive, policies: Sequence[Policy], network: Network
) -> list[Item]:
    """Return policies and data rows that clash only because decisions are yes or no.

    A deletion filter over what the user can name: each is left out in turn, and stays out if the
    rest is still infeasible.
    """
    everything = np.arange(extensive.problem.shape[0])
    candidates = items_of_rows(blocks, extensive, everything, policies, network)
    left = list(candidates)
    # What there is no time for stays.
    end = time.monotonic() + LIMIT
    for item in candidates:
        dropped = {row for other in candidates if other not in left for row in other.rows}
        rest = np.array([i for i in everything if i not in dropped and i not in item.rows])
        limit = max(0.0, end - time.monotonic())
        without = extensive.problem.only(rest).without_cost()
        if run(without, time_limit=limit).status == "infeasible":
            left.remove(item)
    return left
