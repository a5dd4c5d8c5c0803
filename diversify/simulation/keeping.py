"""What stocks cost, and what a day more of each costs and saves."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import make_label
from diversify.formulation import Network
from diversify.result.plan import Plan
from diversify.solver.evaluator import Evaluator
from diversify.study import Study

Vector = NDArray[np.float64]


def stock_table(study: Study, plan: Plan) -> pd.DataFrame:
    """Return the stocks with their costs, and what a day more of each saves.

    Parameters
    ----------
    study : Study
        The solved problem.
    plan : Plan
        Its plan.

    Returns
    -------
    pandas.DataFrame
        As in :class:`diversify.sizing.Stockpile`. A day more is evaluated in the sample of the
        study, with everything else in the plan as it was.
    """
    network, blocks, point = study.job.network, study.blocks, study.solution.plan
    place = {label: i for i, label in enumerate(blocks.columns[: blocks.first])}
    years = network.case.period_years
    annuity = sum(network.discount[:-1]) * years
    table = plan.stocks.drop(columns="bought")
    now = _expected(study, point) if len(table) else 0.0
    rows = []
    for b, c, tonnes, days in table.itertuples(index=False):
        keep = keeping_cost(network, b, c, tonnes)
        found = {"cost_per_year": (keep - keeping_cost(network, b, c, 0.0)) / annuity}
        day = network.annual_demand.get((b, c), 0.0) / 365.0
        if day > 0:
            dearer = keeping_cost(network, b, c, tonnes + day) - keep
            at = place[make_label("plan.target", b, c)]
            total = _expected(study, moved(blocks, point, network, b, c, point[at] + day))
            lost_in_store = dearer - (
                keeping_cost(network, b, c, tonnes + day, lost=False)
                - keeping_cost(network, b, c, tonnes, lost=False)
            )
            found["cost_of_one_more_day"] = dearer / annuity
            found["loss_avoided_per_day"] = (dearer - lost_in_store - (total - now)) / annuity
        rows.append({"buyer": b, "commodity": c, "tonnes": tonnes, "days": days, **found})
    columns = [
        *("buyer", "commodity", "tonnes", "days"),
        *("cost_per_year", "cost_of_one_more_day", "loss_avoided_per_day"),
    ]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:], float))


def keeping_cost(
    network: Network, buyer: str, commodity: str, tonnes: float, *, lost: bool = True
) -> float:
    r"""Return what a stock costs over the horizon if nothing happens [USD, present value].

    .. math:: p\,bought - p (1 - \delta)\,sold + \textstyle\sum_t d_t (h + loss\, p)\, S
        - d_T\, p (1 - \delta)\, S

    Parameters
    ----------
    network : Network
        The network of the case.
    buyer, commodity : str
        Whose stock of what.
    tonnes : float
        The target :math:`S`.
    lost : bool
        Whether to count what is lost in store, replaced at the price.

    Returns
    -------
    float
        Capital is in the discounting: it is paid before the first period and returned after the
        last.
    """
    price, d = network.price[commodity], network.discount
    resale = price * (1.0 - float(network.stock(buyer, commodity, "end_discount")))
    initial = float(network.stock(buyer, commodity, "initial"))
    each = float(network.stock(buyer, commodity, "holding_cost"))
    if lost:
        each += price * float(network.stock(buyer, commodity, "loss_rate"))
    paid = price * max(0.0, tonnes - initial) - resale * max(0.0, initial - tonnes)
    return paid + (sum(d[:-1]) * each - d[-1] * resale) * tonnes


def moved(
    blocks: Blocks, point: Vector, network: Network, buyer: str, commodity: str, tonnes: float
) -> Vector:
    """Return a plan with another stock target, and everything else as it was.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    point : numpy.ndarray
        First-stage point, shape (first,).
    network : Network
        The network of the case.
    buyer, commodity : str
        Whose stock of what.
    tonnes : float
        The new target.

    Returns
    -------
    numpy.ndarray
        What is bought or sold before the first period changes with it.
    """
    initial = float(network.stock(buyer, commodity, "initial"))
    new = {
        "plan.target": tonnes,
        "plan.bought": max(0.0, tonnes - initial),
        "plan.sold": max(0.0, initial - tonnes),
    }
    found = point.copy()
    for family, value in new.items():
        found[blocks.columns.index(make_label(family, buyer, commodity))] = value
    return found


def _expected(study: Study, point: Vector) -> float:
    """Return the expected cost of a plan in the sample, each scenario met as is cheapest then."""
    theta, probability, news = study.sample
    evaluator = Evaluator(study.blocks, theta, probability, news, policies=False)
    try:
        found = evaluator.evaluate(point)
    finally:
        evaluator.close()
    return float(probability @ found.totals)
