"""A fixed plan played forward, all scenarios at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import make_label
from diversify.formulation import Network
from diversify.formulation.pools import pools
from diversify.scenarios import Scenarios
from diversify.scenarios.repeats import first_of_each
from diversify.simulation.forecast import Forecast
from diversify.simulation.window import Window, make_window
from diversify.solver.data import scenario_data
from diversify.solver.evaluation import scenario_forms
from diversify.solver.evaluator import Evaluator

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
Rule = Literal["myopic", "rolling"]
RULES = get_args(Rule)
# States that differ by less are one, as a part of the largest.
SAME = 1e-9
# Times the price, what going without counts where nothing may be short.
FIRM = 100.0


@dataclass(frozen=True, slots=True)
class Played:
    """What happened.

    Attributes
    ----------
    forms : numpy.ndarray
        Costs by kind and shortages of each scenario, in the order of the named forms, shape (S, F);
        not a number where nothing could be done.
    problems : int
        Different problems that were met: state and data of a period.
    missing : int
        Scenarios in which, at some point, nothing could be done.
    """

    forms: Vector
    problems: int
    missing: int


def play(
    blocks: Blocks,
    network: Network,
    plan: Vector,
    batch: Scenarios,
    levels: Mapping[str, float],
    *,
    rule: Rule = "myopic",
    ahead: int = 4,
) -> Played:
    """Return what a plan costs and lacks where each period is decided by what is known then.

    Until its news a scenario is the plan. From then on each period takes the decisions that are
    best for what has happened so far. The ``myopic`` rule looks at that period alone and counts
    what is left in store as :func:`stock_worth` says; the ``rolling`` rule looks some periods
    ahead, as disruptions are expected to go on, and keeps to the first of them.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    network : Network
        The network that it was compiled from.
    plan : numpy.ndarray
        First-stage point, shape (first,).
    batch : Scenarios
        Different scenarios, over the hazards of the case.
    levels : mapping
        Value of each policy level.
    rule : {"myopic", "rolling"}
        How each period is decided.
    ahead : int
        Periods that the rolling rule looks ahead.

    Returns
    -------
    Played
        One entry for each scenario.
    """
    periods, news = network.case.periods, batch.first_news
    look = ahead if rule == "rolling" else 0
    forecast = Forecast(network.case, batch)
    named = scenario_forms(blocks)
    total = np.zeros((batch.count, len(named)))
    twin = blocks.twin
    held = np.where(twin >= 0, plan[twin], 0.0)
    state = np.zeros((batch.count, 0))
    columns = np.zeros(0, dtype=np.int64)
    problems = 0
    for t in range(periods):
        last = min(periods - 1, t + look)
        window = make_window(blocks, t, last, stock_worth(network, last))
        quiet = np.array([form[blocks.column_period == t] @ held[blocks.column_period == t]
                          for form in named.values()])  # fmt: skip
        live = np.flatnonzero(news <= t)
        total[news > t] += quiet
        left = np.tile(held[window.after], (batch.count, 1))
        if len(live):
            begin = np.where(
                (news == t)[:, None], held[window.before], _read(state, columns, window)
            )
            seen = batch.values[:, :, t], *((forecast.ages(t),) if look else ())
            key = np.concatenate([*seen, _rounded(begin)], axis=1)[live]
            good = np.isfinite(key).all(axis=1)
            total[live[~good]], left[live[~good]] = np.nan, np.nan
            if not good.any():
                state, columns = left, window.after
                continue
            kept, where = first_of_each(key[good])
            chosen = live[good][kept]
            theta = _theta(blocks, network, batch, forecast, chosen, t, last - t, levels)
            found = _decided(window, theta, begin[chosen], plan)
            problems += len(kept)
            total[live[good]] += found[where, : len(named)]
            left[live[good]] = found[where, len(named) :]
        state, columns = left, window.after
    return Played(total, problems, int(np.isnan(total).any(axis=1).sum()))


def stock_worth(network: Network, last: int) -> dict[str, float]:
    r"""Return what a tonne in store counts at the end of a period [USD].

    .. math:: v_{b,c} = d_{last+1} \sqrt{p_c\, \min_k v_{b,c,k}}

    the geometric mean of its price and of the cost of going without it: stock is drawn before
    anything is short, and filled again as soon as a tonne costs less than that. Firm demand counts
    as if going without cost a hundred times the price. At the end of the horizon the problem itself
    says what stock is worth.

    Parameters
    ----------
    network : Network
        The network of the case.
    last : int
        The period.

    Returns
    -------
    dict
        By label of the column.
    """
    if last >= network.case.periods - 1:
        return {}
    found = {}
    for b, c in network.stocks.index:
        worth = _worth(network, b, c)
        found[make_label("ops.stock", b, c, last)] = network.discount[last + 1] * worth
    for pool in pools(network):
        worth = max(_worth(network, b, pool.commodity) for b in pool.members)
        found[make_label("ops.pool_level", *pool.key, last)] = network.discount[last + 1] * worth
    return found


def _worth(network: Network, buyer: str, commodity: str) -> float:
    """Return what a tonne in store is worth to a buyer [USD/t]."""
    price, tiers = network.price[commodity], network.tiers.get((buyer, commodity), [])
    firm = network.firm.get((buyer, commodity), True) or not tiers
    without = FIRM * price if firm else min(cost for _, _, cost in tiers)
    return float((price * without) ** 0.5 if without > price else price)


def _read(state: Vector, columns: Index, window: Window) -> Vector:
    """Return the state that a window begins with, from what the last one left."""
    return (
        state[:, np.searchsorted(columns, window.before)]
        if len(window.before)
        else (np.zeros((len(state), 0)))
    )


def _rounded(state: Vector) -> Vector:
    size = np.nanmax(np.abs(state), axis=0, initial=1e-30)
    return np.asarray(np.round(state / size / SAME) * SAME * size)


def _theta(
    blocks: Blocks,
    network: Network,
    batch: Scenarios,
    forecast: Forecast,
    chosen: Index,
    t: int,
    look: int,
    levels: Mapping[str, float],
) -> Vector:
    """Return the data of a period as it is and of those after it as they are expected."""
    values = np.ones((len(chosen), len(batch.hazards), batch.periods))
    values[:, :, t] = batch.values[chosen, :, t]
    if look:
        values[:, :, t + 1 : t + 1 + look] = forecast.ahead(chosen, t, look)
    known = Scenarios(
        batch.hazards,
        values,
        np.full(len(chosen), 1.0 / len(chosen)),
        tuple(str(i) for i in range(len(chosen))),
    )
    return scenario_data(blocks, network, known, dict(levels), "clairvoyant")[0]


def _decided(window: Window, theta: Vector, state: Vector, plan: Vector) -> Vector:
    """Return forms and new state of some problems of a window, shape (U, F + states)."""
    data = window.data(theta, state)
    count = len(data)
    evaluator = Evaluator(
        window.blocks,
        data,
        np.full(count, 1.0 / count),
        np.zeros(count, dtype=np.int64),
        policies=False,
    )
    try:
        found = evaluator.evaluate(plan)
    finally:
        evaluator.close()
    forms = found.forms.copy()
    forms[~np.isfinite(found.costs)] = np.nan
    return forms
