"""How much to hold against one source whose outages last nobody knows how long."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.errors import Finding, InputError

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AgedStock:
    """The best stock against one source, with decisions that depend on the outage's age only.

    Attributes
    ----------
    tonnes : float
        Level up to which the stock is filled at the start of each period with supply, the demand
        of that period included [t].
    cost : float
        Expected cost of a period: holding and shortage [USD].
    covered : int
        Periods without supply that it covers.
    """

    tonnes: float
    cost: float
    covered: int


def age_probabilities(fail: float, recover: float, count: int) -> Vector:
    r"""Return the chance that an outage has lasted for ``n`` periods; the last takes what is left.

    .. math:: \pi_0 = \tfrac{\beta}{\alpha + \beta}, \quad
        \pi_n = \tfrac{\alpha \beta}{\alpha + \beta} (1 - \beta)^{n-1}

    Parameters
    ----------
    fail, recover : float
        Chance that supply stops, and that it comes back, in a period.
    count : int
        Number of ages, at least 2, 0 (supply is there) included.

    Returns
    -------
    numpy.ndarray
        Shape (count,), adding up to 1.

    Examples
    --------
    >>> age_probabilities(0.1, 0.5, 3).round(4).tolist()
    [0.8333, 0.0833, 0.0833]
    """
    n = np.arange(1, count)
    chance = fail * recover / (fail + recover) * (1.0 - recover) ** (n - 1)
    found = np.r_[recover / (fail + recover), chance]
    found[-1] = fail / (fail + recover) * (1.0 - recover) ** (count - 2)
    return np.asarray(found)


def size_stock(
    *,
    demand: float,
    holding: float,
    penalty: float,
    fail: float,
    recover: float,
    backlog: bool = False,
) -> AgedStock:
    r"""Return the best stock against one source that is up or down by a Markov chain.

    Nobody knows how long an outage will last, so nothing can depend on it: only on how long it has
    lasted. With backlog, where what is short is delivered later and the penalty is paid in each
    period on all that is still owed, the stock is the newsvendor's of the outage's age,

    .. math:: S^* = d\,(1 + \min\{n : F(n) \ge p / (p + h)\}), \quad
        F(n) = 1 - \tfrac{\alpha}{\alpha + \beta} (1 - \beta)^n

    (Snyder & Shen, Fundamentals of Supply Chain Theory, 2019, equations 9.14 and 9.18). Without, a
    tonne more saves the penalty only in the one period that it covers, so

    .. math:: S^* = d \min\{k \ge 1 : h\, F(k-1) \ge p\, \pi_k\}

    Parameters
    ----------
    demand : float
        In each period [t].
    holding : float
        Per tonne left at the end of a period [USD/t].
    penalty : float
        Per tonne short in a period [USD/t].
    fail, recover : float
        Chance that supply stops, and that it comes back, in a period.
    backlog : bool
        Whether what is short is delivered later; lost by default.

    Returns
    -------
    AgedStock
        Exact.

    Raises
    ------
    InputError
        If a number means nothing.

    Examples
    --------
    >>> best = size_stock(
    ...     demand=2000, holding=0.25, penalty=3, fail=0.04, recover=0.25, backlog=True
    ... )
    >>> best.tonnes, round(best.cost, 6), best.covered
    (8000.0, 2737.068966, 3)
    """
    _refuse(demand, holding, penalty, fail, recover)
    age = _smallest(holding, penalty, fail, recover, backlog=backlog)
    tonnes = demand * age
    cost = stock_cost(
        tonnes,
        demand=demand,
        holding=holding,
        penalty=penalty,
        fail=fail,
        recover=recover,
        backlog=backlog,
    )
    return AgedStock(float(tonnes), cost, age - 1)


def stock_cost(
    tonnes: float,
    *,
    demand: float,
    holding: float,
    penalty: float,
    fail: float,
    recover: float,
    backlog: bool = False,
) -> float:
    r"""Return the expected cost of a period with a stock.

    .. math:: \textstyle\sum_n \pi_n [h (S - (n+1) d)^+ + p\, ((n+1) d - S)^+]

    with at most :math:`d` short in a period where what is short is lost.

    Parameters
    ----------
    tonnes : float
        Level up to which it is filled [t].
    demand, holding, penalty, fail, recover, backlog
        As in :func:`size_stock`.

    Returns
    -------
    float
        In USD, the tail of all ages included.
    """
    most = math.ceil(tonnes / demand) + 1
    n = np.arange(most)
    chance = age_probabilities(fail, recover, most + 1)
    owed = (n + 1) * demand - tonnes
    short = np.maximum(owed, 0.0) if backlog else np.clip(owed, 0.0, demand)
    cost = holding * np.maximum(-owed, 0.0) + penalty * short
    # Older than that: all is short, and with backlog each period adds as much again.
    later = (most + 1) * demand - tonnes
    if backlog:
        later += demand * (1.0 - recover) / recover
    beyond = penalty * (later if backlog else demand)
    return float(chance[:-1] @ cost + chance[-1] * beyond)


def _smallest(holding: float, penalty: float, fail: float, recover: float, *, backlog: bool) -> int:
    """Return the number of periods of demand in the best stock."""
    down = fail / (fail + recover)
    if backlog:
        allowed = holding / (penalty + holding)
        if down <= allowed:
            return 1
        if recover == 1.0:
            return 2
        n = max(0, math.floor(math.log(allowed / down) / math.log1p(-recover)) - 1)
        # Compared as chances of being longer, which do not vanish beside 1.
        while down * (1.0 - recover) ** n > allowed * (1.0 + 1e-12):
            n += 1
        return n + 1
    k = 1
    while True:
        last = recover * down * (1.0 - recover) ** (k - 1)
        within = 1.0 - down * (1.0 - recover) ** (k - 1)
        if holding * within >= penalty * last:
            return k
        k += 1


def _refuse(demand: float, holding: float, penalty: float, fail: float, recover: float) -> None:
    bad = [
        (name, value, f"{name} must be a finite number above 0")
        for name, value in (("demand", demand), ("holding", holding), ("penalty", penalty))
        if not (math.isfinite(value) and value > 0)
    ]
    bad += [
        (name, value, f"{name} must be a chance above 0 and at most 1")
        for name, value in (("fail", fail), ("recover", recover))
        if not 0 < value <= 1
    ]
    if bad:
        raise InputError(
            [
                Finding.error(
                    table="size_stock",
                    column=name,
                    value=str(value),
                    message=message,
                    remedy="correct it",
                )
                for name, value, message in bad
            ]
        )
