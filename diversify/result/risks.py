"""Risk figures of a plan, in the sample and out of it (R9)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.policies import Policy
from diversify.policies.budgets import Budget
from diversify.policies.cost_budget import CostBudget
from diversify.policies.shortage_budget import ShortageBudget
from diversify.result.view import View
from diversify.risk import measure
from diversify.risk.ambiguity import Ambiguity
from diversify.risk.cvar import value_at_risk

Vector = NDArray[np.float64]
COLUMNS = ["budget", "measure", "level", "value", "limit", "out_of_sample", "low", "high"]
Z = NormalDist().inv_cdf(0.975)


def risks(view: View, policies: Iterable[Policy], fresh: View | None) -> pd.DataFrame:
    """Return each risk figure in the sample, with an estimate from fresh scenarios.

    Parameters
    ----------
    view : View
        The plan in the scenarios that it was made for.
    policies : iterable of Policy
        Those of the plan: each budget becomes rows with its limit.
    fresh : View or None
        The same plan in scenarios that it has not seen; None where scenarios are listed, since
        then the list is the truth.

    Returns
    -------
    pandas.DataFrame
        Columns budget, measure, level, value, limit, out_of_sample, low, high. Shortage is a
        fraction of planned demand, cost is in USD. ``low`` and ``high`` bound the out-of-sample
        value with 95 % confidence. Shortage and cost without a budget are shown too, without a
        limit.
    """
    rows = []
    covered = set()
    for policy in policies:
        if isinstance(policy, Budget):
            for key, value in policy.measure(view).items():
                losses = _losses(policy, key)
                label = (
                    f"{policy.name}: {key}" if isinstance(policy, ShortageBudget) else policy.name
                )
                limit, around = policy.limit, policy.ambiguity
                level = policy.level if policy.aversion is None else policy.aversion
                name = policy.kept_as
                rows.append(_row(label, name, level, value, limit, losses, fresh, around))
                if name != policy.measure_of:
                    # What was asked for, beside what keeps it.
                    name = policy.measure_of
                    asked = measure(name).value(losses(view), view.probability, level or 0.0)
                    rows.append(_row(label, name, level, asked, limit, losses, fresh))
                if around is None:
                    covered.add((type(policy), name, level, key))
    for material in view.asked:
        for name, level in (("expectation", None), ("cvar", 0.95)):
            if (ShortageBudget, name, level, material) not in covered:
                losses = _shortage(material, None)
                value = measure(name).value(losses(view), view.probability, level or 0.0)
                rows.append(_row(f"shortage: {material}", name, level, value, None, losses, fresh))
    for name, level in (("expectation", None), ("cvar", 0.95)):
        if (CostBudget, name, level, "total") not in covered:
            value = measure(name).value(view.cost, view.probability, level or 0.0)
            rows.append(_row("cost", name, level, value, None, _cost, fresh))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype(dict.fromkeys(COLUMNS[2:], float))


Losses = Callable[[View], Vector]


def _shortage(material: str, buyer: str | None) -> Losses:
    return lambda view: view.shortage(material, buyer)


def _cost(view: View) -> Vector:
    return view.cost


def _losses(policy: Budget, key: str) -> Losses:
    return _shortage(key, policy.buyer) if isinstance(policy, ShortageBudget) else _cost


def _row(
    budget: str,
    name: str,
    level: float | None,
    value: float,
    limit: float | None,
    losses: Losses,
    fresh: View | None,
    around: Ambiguity | None = None,
) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"budget": budget, "measure": name, "level": level, "value": value, "limit": limit}
    if fresh is not None:
        least = -math.inf if losses is _cost else 0.0
        estimate, low, high = interval(name, losses(fresh), level or 0.0, least, around)
        row |= {"out_of_sample": estimate, "low": low, "high": high}
    return row


def interval(
    name: str,
    losses: Vector,
    level: float,
    least: float = -math.inf,
    around: Ambiguity | None = None,
) -> tuple[float, float, float]:
    r"""Return an estimate of a risk measure from equally likely draws, with a 95 % interval.

    For the mean the interval is the normal one. For CVaR it uses the asymptotic variance

    .. math:: \operatorname{Var}\bigl[(L - VaR_\alpha)^+\bigr] / \bigl((1-\alpha)^2 n\bigr)

    (Trindade, Uryasev, Shapiro & Zrazhevsky, Journal of Banking & Finance 31, 2007). The largest
    loss seen is only a lower bound of the worst case, so its interval is open above, and so is that
    of a measure that puts some probability on the worst case (total variation). Of entropic risk it
    is that of the mean of :math:`e^{\theta L}`, by the delta method. For a chance the interval of
    the quantile is that between two of the losses in order, whose ranks are quantiles of a binomial
    count; it supposes nothing of the distribution (David & Nagaraja, Order Statistics, 2003,
    section 7.1).

    Parameters
    ----------
    name : str
        The measure.
    losses : numpy.ndarray
        Shape (n,), equally likely.
    level : float
        Confidence of ``cvar`` and ``chance``, aversion of ``entropic``.
    least : float
        Smallest loss that is possible at all, such as 0 for a shortage.
    around : Ambiguity, optional
        Distributions of which the worst counts.

    Returns
    -------
    tuple of float
        Estimate, low, high; from one draw nothing is known but the estimate.

    Examples
    --------
    >>> [round(v, 3) for v in interval("expectation", np.array([0.0, 1.0, 2.0, 3.0]), 0.0)]
    [1.5, 0.235, 2.765]
    """
    count = len(losses)
    probability = np.full(count, 1.0 / count)
    if around is not None:
        plain, low, high = interval(name, losses, level, least)
        value = around.value(name, losses, probability, level)
        more = value - plain
        return value, max(least, low + more), math.inf if around.set == "tv" else high + more
    value = measure(name).value(losses, probability, level)
    if name == "worst":
        return value, value, math.inf
    if count < 2:
        return value, least, math.inf
    if name == "chance":
        return value, *_between_ranks(losses, level, least)
    if name == "cvar":
        threshold = value_at_risk(losses, probability, level)
        spread = np.maximum(losses - threshold, 0.0).std(ddof=1) / (1.0 - level)
    elif name == "entropic":
        # Relative to the measure itself, so that nothing overflows.
        spread = np.exp(level * (losses - value)).std(ddof=1) / level
    else:
        spread = losses.std(ddof=1)
    half = Z * float(spread) / count**0.5
    return value, max(least, value - half), value + half


def _between_ranks(losses: Vector, level: float, least: float) -> tuple[float, float]:
    """Return the losses between which a quantile lies with 95 % confidence."""
    # It takes a while to load, and few plans have such a budget.
    from scipy.stats import binom

    count, ordered = len(losses), np.sort(losses)
    low, high = (int(binom.ppf(side, count, level)) for side in (0.025, 0.975))
    return (
        max(least, float(ordered[low - 1])) if low >= 1 else least,
        float(ordered[high]) if high < count else math.inf,
    )
