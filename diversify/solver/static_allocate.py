"""Split purchases among suppliers so that the tail of undelivered shares keeps within limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from diversify.risk import cvar
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.certificate import TOLERANCE, Certificate
from diversify.solver.problem import Problem
from diversify.solver.static import solve_static
from diversify.solver.static_input import Given, read_input
from diversify.solver.static_integer import solve_integer
from diversify.solver.static_losses import StaticProblem, Tail

Vector = NDArray[np.float64]
Rows = tuple[ArrayLike, ArrayLike, ArrayLike]


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """A split of purchases with its proof.

    Attributes
    ----------
    status : {"optimal", "stopped"}
        Why it ended.
    x : numpy.ndarray
        Bought from each supplier, in the unit of demand, shape (n,).
    used : numpy.ndarray
        Which suppliers are used, shape (n,).
    cost : float
        Cost of the purchases and of using suppliers.
    objective, bound : float
        What was minimised, and the lower bound that was proven.
    undelivered : float
        Expected share of demand that does not arrive.
    level : tuple of float
        Confidence of each limit, or of the objective where there is no limit.
    cvar, var : tuple of float
        CVaR and VaR of the undelivered share at each of these.
    price : tuple of float
        What one unit more of each limit would save: money for each 1.0 of undelivered share.
        Empty without limits; with yes/no decisions, for the choice that was made.
    certificate : Certificate
        Residuals and gap, recomputed in numpy.
    iterations, cuts : int
        Steps over all scenarios, and cuts made in them.
    """

    status: Literal["optimal", "stopped"]
    x: Vector
    used: NDArray[np.bool_]
    cost: float
    objective: float
    bound: float
    undelivered: float
    level: tuple[float, ...]
    cvar: tuple[float, ...]
    var: tuple[float, ...]
    price: tuple[float, ...]
    certificate: Certificate
    iterations: int
    cuts: int


def allocate(
    cost: ArrayLike,
    delivered: ArrayLike,
    *,
    demand: float = 1.0,
    level: float | Sequence[float] = 0.95,
    limit: float | Sequence[float] | None = None,
    objective: MeanCvar | None = None,
    probability: ArrayLike | None = None,
    shortage_cost: float = 0.0,
    delivered_cost: ArrayLike = 0.0,
    caps: ArrayLike | None = None,
    rows: Rows | None = None,
    fixed: ArrayLike | None = None,
    least: ArrayLike | None = None,
    max_suppliers: int | None = None,
    mip_gap: float = 1e-6,
    time_limit: float | None = None,
) -> Allocation:
    r"""Return the cheapest split of purchases that keeps limits on the undelivered share.

    Nothing can be done after the draw, so this is one step: with
    :math:`short_s = 1 - \xi_s \cdot x / demand`,

    .. math:: \min\ mean\, \mathbb{E}[C] + cvar\, CVaR_\beta(C), \quad \textstyle\sum_i x_i =
        demand, \quad CVaR_{\alpha_k}(short) \le limit_k, \quad
        C_s = c x + f y + \sum_i d_i \xi_{si} x_i + v\, demand\, short_s .

    Parameters
    ----------
    cost : array_like
        Of each unit bought, delivered or not, shape (n,).
    delivered : array_like
        Fraction that each supplier delivers in each scenario, 0 to 1, shape (S, n). Taken as it
        is, without a copy, where it is a C-ordered array of float64.
    demand : float
        What is bought in all, in any unit of quantity.
    level : float or sequence of float
        Confidence of each limit, in [0, 1): 0.95 looks at the worst 5 %.
    limit : float or sequence of float, optional
        Largest CVaR of the undelivered share, a fraction of demand.
    objective : MeanCvar, optional
        What is minimised; omitted: expected cost. Either this or a limit has to be given.
    probability : array_like, optional
        Of each scenario, shape (S,); omitted: all equal.
    shortage_cost : float
        Cost v of each unit of demand that does not arrive.
    delivered_cost : array_like
        Cost d of each unit that does arrive, one number or shape (n,).
    caps : array_like, optional
        Largest share of demand of each supplier, one number or shape (n,).
    rows : tuple of array_like, optional
        ``(matrix, low, high)``: ``low <= matrix @ x <= high`` for quantities.
    fixed : array_like, optional
        Cost f of using a supplier at all, one number or shape (n,).
    least : array_like, optional
        Smallest purchase from a supplier that is used, in the unit of demand.
    max_suppliers : int, optional
        How many suppliers may be used.
    mip_gap : float
        Relative gap at which a choice of suppliers counts as the cheapest.
    time_limit : float, optional
        Seconds for the choice of suppliers; the best so far is returned then, with its gap.

    Returns
    -------
    Allocation
        Certified, or stopped with a split that keeps all limits.

    Raises
    ------
    InputError
        If anything given is unclear; all findings at once.
    InfeasibleError
        If no split keeps the limits; it says how far down CVaR comes.
    StoppedError, NotCertifiedError
        If there is no split to return.

    Examples
    --------
    Two suppliers that each fail in one of four scenarios; the cheap one alone would lose all
    demand in the worst quarter. The limit of one half is met by an equal split:

    >>> plan = allocate([1.0, 2.0], [[1, 1], [1, 1], [0, 1], [1, 0]], level=0.75, limit=0.5)
    >>> plan.x.round(9).tolist(), round(plan.cost, 9), round(plan.cvar[0], 9)
    ([0.5, 0.5], 1.5, 0.5)
    >>> plan.certificate.ok, round(plan.price[0], 9)
    (True, 1.0)
    """
    given = read_input(
        cost,
        delivered,
        demand,
        level,
        limit,
        objective,
        probability,
        shortage_cost,
        delivered_cost,
        caps,
        rows,
        fixed,
        least,
        max_suppliers,
        mip_gap,
        time_limit,
    )
    problem = _problem(given)
    solution = (
        solve_integer(problem, mip_gap=given.mip_gap, time_limit=given.time_limit)
        if given.decides
        else solve_static(problem)
    )
    count = given.count
    x = solution.x[:count]
    losses = 1.0 - given.delivered @ (x / given.demand)
    levels = given.levels if given.limits else (given.objective.level,)
    values = [cvar.value(losses, given.probability, a) for a in levels]
    used = solution.x[count:] > 0.5 if len(solution.x) > count else x > 1e-9 * given.demand
    paid = float(given.cost @ x) + (float(given.fixed @ used) if given.decides else 0.0)
    closed = solution.certificate.gap <= max(given.mip_gap, TOLERANCE)
    return Allocation(
        status="optimal" if closed else "stopped",
        x=x,
        used=used,
        cost=paid,
        objective=solution.objective,
        bound=solution.bound,
        undelivered=float(given.probability @ losses),
        level=levels,
        cvar=tuple(values),
        var=tuple(cvar.value_at_risk(losses, given.probability, a) for a in levels),
        price=tuple(float(p) for p in solution.price[: len(given.limits)]),
        certificate=solution.certificate,
        iterations=solution.iterations,
        cuts=solution.cuts,
    )


def _problem(given: Given) -> StaticProblem:
    n, goal = given.count, given.objective
    share = np.full(n, 1.0 / given.demand)
    none = np.zeros(n)
    tails = [
        Tail(level, share, none, 1.0, limit=limit)
        for level, limit in zip(given.levels, given.limits, strict=True)
    ]
    worth = given.shortage_cost - given.delivered_cost
    lost = given.shortage_cost * given.demand
    if goal.cvar > 0 and worth.any():
        tails.append(Tail(goal.level, worth, none, lost, price=goal.cvar))
        certain = goal.mean
    else:
        certain = goal.mean + goal.cvar
    paid = goal.mean + goal.cvar
    mean = given.probability @ given.delivered
    cost = paid * given.cost - certain * worth * mean
    return StaticProblem(
        _first(given, cost, paid, certain * lost), given.delivered, given.probability, tuple(tails)
    )


def _first(given: Given, cost: Vector, paid: float, offset: float) -> Problem:
    n, decides = given.count, given.decides
    extra = n if decides else 0
    total = np.r_[np.ones(n), np.zeros(extra)][None]
    parts: list[Any] = [sp.csr_array(total)]
    low, high = [np.array([given.demand])], [np.array([given.demand])]
    if len(given.low):
        parts.append(sp.hstack([sp.csr_array(given.rows), sp.csr_array((len(given.low), extra))]))
        low.append(given.low)
        high.append(given.high)
    upper = given.caps
    if decides:
        one = sp.eye_array(n)
        # Nobody sells more than demand, so caps also tie quantities to decisions.
        parts.append(sp.hstack([one, -sp.diags_array(given.caps)]))
        low.append(np.full(n, -np.inf))
        high.append(np.zeros(n))
        if given.least.any():
            parts.append(sp.hstack([one, -sp.diags_array(given.least)]))
            low.append(np.zeros(n))
            high.append(np.full(n, np.inf))
        parts.append(sp.csr_array(np.r_[np.zeros(n), np.ones(n)][None]))
        low.append(np.array([0.0]))
        high.append(np.array([float(given.most)]))
        upper = np.r_[upper, np.ones(n)]
        cost = np.r_[cost, paid * given.fixed]
    matrix = sp.csr_array(sp.vstack(parts))
    matrix.eliminate_zeros()
    return Problem(
        matrix,
        cost,
        np.zeros(n + extra),
        upper,
        np.concatenate(low),
        np.concatenate(high),
        np.r_[np.zeros(n, dtype=bool), np.ones(extra, dtype=bool)],
        offset,
    )
