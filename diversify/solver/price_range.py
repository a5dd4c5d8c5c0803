"""Over which range of its level the price of a rule holds, and what it is on either side."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.errors import NotSolvedError, SolverError
from diversify.policies import Policy
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.methods import expected_size
from diversify.solver.solution import Solution
from diversify.solver.sweep import Sweep
from diversify.solver.warm import WarmProblem

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
Cost = Callable[[float], float | None]
Prices = Literal["auto", "ranges"]
# Step beside the level, relative to its size: far above the tolerance of a solve.
STEP = 1e-4
# Step where each cost is known to a gap only.
WIDE = 1e-2
# How exactly two costs agree that lie on one line.
EXACT = 1e-9
ROUNDS = 40
# Non-zeros of the extensive form up to which ranges cost less than the rest of a solve.
CHEAP = 1_500
# Beyond so many times its level a price is not followed.
FAR = 8.0


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The price of a level on either side of it, and how far each holds.

    Attributes
    ----------
    low, high : float
        The smaller and the larger of the changes of cost below and above the level; infinite
        where no plan keeps all limits on that side [USD per unit of the level].
    start, end : float
        Down to and up to which level the cost goes on changing so; NaN where that is not known.
    """

    low: float
    high: float
    start: float
    end: float


def price_ranges(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    policies: Sequence[Policy],
    solution: Solution,
    *,
    objective: MeanCvar | None = None,
    ask: bool = False,
) -> dict[str, PriceRange]:
    """Return the range of each price, where it is cheap to know or asked for.

    Decisions that are yes or no stay as they are in the plan, as for the prices themselves.

    Parameters
    ----------
    blocks, theta, probability, news
        The problem, as it was solved.
    policies : sequence of Policy
        Those of the plan.
    solution : Solution
        What was found.
    objective : MeanCvar, optional
        What was minimised.
    ask : bool
        Solve again as often as it takes; otherwise only problems so small that nobody notices.

    Returns
    -------
    dict
        By policy; a problem that was decomposed is solved at one level on each side, and where
        both agree with the price, these are the ends of the range.
    """
    named = {p.name: p for p in policies if p.name in blocks.levels}
    small = expected_size(blocks, news) <= CHEAP and len(theta) <= CHEAP
    if solution.point != "certified" or not named or not (ask or small):
        return {}
    if blocks.curves and not ask:
        # Prices of curved limits change all along, and each look takes many solves.
        return {}
    blocks = fixed(blocks, solution.plan)
    if blocks.integer.any():
        return {}
    try:
        solve, found = WarmProblem(), {}
        for name, policy in named.items():
            if solution.method == "extensive":
                cost = _warm(blocks, theta, probability, news, policy, objective, solve)
                near = _followed(cost, policy)
            else:
                near = _beside(blocks, theta, probability, news, policy, solution, objective)
            found[name] = _exact(near, solution.level_price[name])
        return found
    except (NotSolvedError, SolverError):
        return {}


def _exact(found: PriceRange, price: float) -> PriceRange:
    """Return the range with the multiplier itself where a difference of costs agrees with it."""
    low, high = (
        price if abs(side - price) <= 1e-6 * (1e-3 + abs(price)) else side
        for side in (found.low, found.high)
    )
    return dataclasses.replace(found, low=low, high=high)


def fixed(blocks: Blocks, plan: Vector) -> Blocks:
    """Return a problem with the first stage's yes/no decisions as in a plan."""
    whole = np.flatnonzero(blocks.integer[: blocks.first])
    if not len(whole):
        return blocks
    lower, upper, integer = blocks.lower.copy(), blocks.upper.copy(), blocks.integer.copy()
    lower[whole] = upper[whole] = np.round(plan[whole])
    integer[whole] = False
    return dataclasses.replace(blocks, lower=lower, upper=upper, integer=integer)


def _warm(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    policy: Policy,
    objective: MeanCvar | None,
    solve: WarmProblem,
) -> Cost:
    symbol, known = blocks.levels[policy.name], dict[float, float | None]()

    def cost(level: float) -> float | None:
        if level not in known:
            moved = theta.copy()
            moved[:, symbol] = policy.symbol_value(level)
            try:
                known[level] = solve_extensive(
                    blocks, moved, probability, news, objective=objective, ask=solve
                ).objective
            except NotSolvedError:
                known[level] = None
        return known[level]

    return cost


def _followed(cost: Cost, policy: Policy) -> PriceRange:
    level = policy.level_value
    least, most = limits(policy)
    below = side(cost, level, least)
    above = side(cost, level, most)
    slopes = [_outer(s, policy, up) for s, up in ((below[0], False), (above[0], True))]
    start, end = below[1], above[1]
    if above[0] == 0.0 and end == most and not _is_share(policy):
        end = math.inf
    return PriceRange(min(slopes), max(slopes), start, end)


def _outer(slope: float | None, policy: Policy, up: bool) -> float:
    """Return a slope, infinite towards the side on which there is no plan."""
    if slope is not None:
        return slope
    return math.inf if up else -math.inf


def _is_share(policy: Policy) -> bool:
    return policy.level_field == "share"


def limits(policy: Policy) -> tuple[float, float]:
    """Return the levels between which a price is followed, the ends of what the policy takes."""
    if _is_share(policy):
        return 0.0, 1.0
    return 0.0, FAR * max(policy.level_value, 1e-3)


def side(cost: Cost, level: float, end: float) -> tuple[float | None, float]:
    """Return the slope of a cost on one side of a level, and how far it holds.

    The cost is followed along the line that it begins with. Where it has left the line, the next
    point is where the line meets that through the far end: for a cost made of straight parts that
    is a corner, and one that lies on the line is the end.

    Parameters
    ----------
    cost : callable
        Cheapest cost at a level [USD], or None without a plan.
    level, end : float
        From where, and at most to where.

    Returns
    -------
    float or None
        Change of cost with the level; None where there is no plan beside it.
    float
        The last level known to be on the line.

    Examples
    --------
    >>> slope, last = side(lambda x: max(0.0, 3.0 * (0.5 - x)), 0.4, 1.0)
    >>> round(slope, 6), round(last, 6)
    (-3.0, 0.5)
    """
    here = cost(level)
    span = end - level
    if here is None or abs(span) < 1e-12:
        return (None if here is None else 0.0), level
    near = level + math.copysign(min(STEP * max(abs(level), 1e-3), abs(span)), span)
    value = cost(near)
    if value is None:
        return None, level
    slope = (value - here) / (near - level)
    if abs(value - here) <= 1e-11 * (1.0 + abs(here)):
        slope = 0.0
    good, bad = near, None
    far, corner = end, True
    for turn in range(ROUNDS):
        found = cost(far)
        if found is not None and _straight(found, here, slope, far - level):
            good = far
            if corner:
                return slope, good
            slope = (found - here) / (far - level)
        else:
            bad = far
        if bad is None or abs(bad - good) <= 1e-7 * max(1.0, abs(level)):
            break
        met = None if turn % 3 == 2 else _meeting(cost, good, bad, here - slope * level, slope)
        corner = met is not None
        far = 0.5 * (good + bad) if met is None else met
    return slope, good


def _straight(found: float, here: float, slope: float, distance: float) -> bool:
    return abs(found - here - slope * distance) <= EXACT * (1.0 + abs(here)) + 1e-6 * abs(
        slope * distance
    )


def _meeting(cost: Cost, good: float, bad: float, constant: float, slope: float) -> float | None:
    """Return where the line meets that through the far end, if it is between."""
    far, back = cost(bad), bad - 1e-4 * (bad - good)
    near = cost(back)
    if far is None or near is None:
        return None
    other = (far - near) / (bad - back)
    if abs(other - slope) <= 1e-9 * (1.0 + abs(slope)):
        return None
    met = (far - other * bad - constant) / (slope - other)
    return met if min(good, bad) < met < max(good, bad) else None


def _beside(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    policy: Policy,
    solution: Solution,
    objective: MeanCvar | None,
) -> PriceRange:
    """Return prices from a solve on either side, each known to its gap only."""
    sweep = Sweep(
        blocks, theta, probability, news, policy.name, method="decomposed", objective=objective
    )
    level, (least, most) = policy.level_value, limits(policy)
    found: list[tuple[float, float, float]] = []
    try:
        for up in (False, True):
            step = min(WIDE * max(level, 1e-3), most - level if up else level - least)
            at = level + (step if up else -step)
            if step <= 0.0:
                continue
            try:
                there = sweep.at(policy.symbol_value(at)).objective
            except NotSolvedError:
                found.append((_outer(None, policy, up), level, math.inf))
                continue
            noise = (solution.gap + 1e-6) * (1.0 + abs(solution.objective)) / step
            found.append(((there - solution.objective) / (at - level), at, noise))
    finally:
        sweep.close()
    slopes = [slope for slope, _, _ in found]
    price = solution.level_price[policy.name]
    agree = [abs(slope - price) <= noise + 1e-2 * abs(price) for slope, _, noise in found]
    ends = [at if same else math.nan for (_, at, _), same in zip(found, agree, strict=True)]
    if len(ends) < 2:
        ends = [level, *ends] if level <= least else [*ends, level]
    return PriceRange(min(slopes), max(slopes), ends[0], ends[1])
