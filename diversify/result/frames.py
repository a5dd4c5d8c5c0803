"""Tidy tables of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from diversify.compile.blocks import make_label, split_label
from diversify.formulation import Network
from diversify.policies import Policy, ShareCap
from diversify.policies.groups import members
from diversify.result.view import View
from diversify.solver.solution import Solution

BYS = ("country", "owner", "site", "bloc")


def portfolio(view: View) -> pd.DataFrame:
    """Return what is booked on each lane in each period [t].

    Parameters
    ----------
    view : View
        A solved plan.

    Returns
    -------
    pandas.DataFrame
        Columns lane, stage, commodity, site, owner, country, destination, period, tonnes; lanes
        without a booking are left out.
    """
    network = view.network
    labels = network.case.period_labels
    rows = [
        {
            "lane": lane,
            "stage": network.lane(lane, "stage"),
            "commodity": network.lane(lane, "commodity"),
            "site": network.lane(lane, "origin"),
            "owner": network.lane(lane, "owner"),
            "country": network.lane(lane, "country"),
            "destination": network.lane(lane, "destination"),
            "period": labels[t],
            "tonnes": tonnes,
        }
        for (lane, t), tonnes in view.booked.items()
        if tonnes > 1e-9
    ]
    columns = ["lane", "stage", "commodity", "site", "owner", "country", "destination", "period"]
    return pd.DataFrame(rows, columns=[*columns, "tonnes"])


def shares(view: View, policies: Iterable[Policy]) -> pd.DataFrame:
    """Return the share of each site, owner, country and bloc over the horizon.

    Parameters
    ----------
    view : View
        A solved plan.
    policies : iterable of Policy
        Those of the plan: a cap on a group is shown beside its share.

    Returns
    -------
    pandas.DataFrame
        Columns material, stage, by, name, tonnes, share, cap (empty where there is none). Groups
        that deliver nothing are left out, and so is a stage without any trade.
    """
    network = view.network
    caps = _caps(network, policies)
    total = dict.fromkeys(network.lanes.index, 0.0)
    for (lane, _), tonnes in view.booked.items():
        total[lane] += tonnes
    rows = []
    for stage in network.stages:
        for material in network.materials:
            every = network.leaves_stage(stage, material)
            mass = {lane: network.contained(lane, material) * total[lane] for lane in every}
            whole = sum(mass.values())
            if whole <= 1e-9:
                continue
            for by in BYS:
                for name, lanes in members(network, by).items():  # type: ignore[arg-type]
                    part = sum(mass.get(lane, 0.0) for lane in lanes)
                    if part > 1e-9:
                        rows.append(
                            {
                                "material": material,
                                "stage": stage,
                                "by": by,
                                "name": name,
                                "tonnes": part,
                                "share": part / whole,
                                "cap": caps.get((material, stage, by, name)),
                            }
                        )
    columns = ["material", "stage", "by", "name", "tonnes", "share", "cap"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["cap"] = frame["cap"].astype(float)
    return frame


def _caps(network: Network, policies: Iterable[Policy]) -> dict[tuple[str, str, str, str], float]:
    found: dict[tuple[str, str, str, str], float] = {}
    for policy in policies:
        if isinstance(policy, ShareCap) and policy.buyer is None:
            for row in policy.share_rows(network):
                key = (row.material, row.stage, policy.by, row.group)
                found[key] = min(policy.share, found.get(key, 1.0))
    return found


def stocks(view: View) -> pd.DataFrame:
    """Return the stock that each buyer decides to hold.

    Parameters
    ----------
    view : View
        A solved plan.

    Returns
    -------
    pandas.DataFrame
        Columns buyer, commodity, tonnes, days (of mean demand; empty without demand), bought [t].
    """
    daily = {key: size / 365.0 for key, size in view.network.annual_demand.items()}
    rows = [
        {
            "buyer": b,
            "commodity": c,
            "tonnes": tonnes,
            "days": tonnes / daily[b, c] if daily.get((b, c), 0.0) > 0 else None,
            "bought": view.bought[b, c],
        }
        for (b, c), tonnes in view.targets.items()
    ]
    frame = pd.DataFrame(rows, columns=["buyer", "commodity", "tonnes", "days", "bought"])
    frame["days"] = frame["days"].astype(float)
    return frame


def costs(view: View) -> pd.DataFrame:
    """Return the expected cost by kind [USD, present value over the horizon].

    Parameters
    ----------
    view : View
        A solved plan.

    Returns
    -------
    pandas.DataFrame
        Columns kind, usd; the last row is the total.
    """
    amounts: dict[str, float] = dict(view.outcomes.plan_cost)
    for kind, values in view.outcomes.cost.items():
        amounts[kind] = float(view.probability @ values)
    amounts["total"] = sum(amounts.values())
    return pd.DataFrame({"kind": list(amounts), "usd": list(amounts.values())})


def prices(solution: Solution, policies: Mapping[str, Policy]) -> pd.DataFrame:
    """Return the price of each policy: how expected cost changes with its level.

    Parameters
    ----------
    solution : Solution
        A solved problem. For a mixed-integer one these are the prices with the decisions fixed.
    policies : mapping
        The policies by name.

    Returns
    -------
    pandas.DataFrame
        Columns policy, row, price, unit. The row ``all`` is the price of the level as a whole;
        the others say which rows it comes from.
    """
    rows = []
    for name, total in solution.level_price.items():
        unit = policies[name].unit
        rows.append({"policy": name, "row": "all", "price": total, "unit": unit})
        parts = sorted(
            (solution.blocks.rows[row], value)
            for (policy, row), value in solution.row_price.items()
            if policy == name and value != 0.0
        )
        rows += [
            {"policy": name, "row": _words(label), "price": value, "unit": unit}
            for label, value in parts
        ]
    return pd.DataFrame(rows, columns=["policy", "row", "price", "unit"])


def _words(label: str) -> str:
    family, index = split_label(label)
    return " ".join(index) or family


def first_stage(solution: Solution) -> pd.DataFrame:
    """Return every first-stage variable as it was solved, to the last digit.

    Parameters
    ----------
    solution : Solution
        A solved problem.

    Returns
    -------
    pandas.DataFrame
        Columns variable, value, in the order of the compiled problem.
    """
    names = solution.blocks.columns[: solution.blocks.first]
    return pd.DataFrame({"variable": list(names), "value": solution.plan})


def marginal_costs(solution: Solution, network: Network) -> pd.DataFrame:
    """Return what one more tonne of demand would cost, by buyer, commodity and period.

    The tiers of shortage keep their sizes: where the tonne would be short, it costs as much as the
    last tonne that is.

    Parameters
    ----------
    solution : Solution
        A solved problem.
    network : Network
        Its network.

    Returns
    -------
    pandas.DataFrame
        Columns buyer, commodity, period, usd_per_tonne [present value].
    """
    blocks = solution.blocks
    place = {label: i for i, label in enumerate(blocks.rows)}
    labels = network.case.period_labels
    rows = []
    for b, c, t in sorted(network.demand):
        found = [place.get(make_label(f"{block}.meet", b, c, t)) for block in ("plan", "ops")]
        value = sum(solution.row_multiplier[i] for i in found if i is not None)
        rows.append(
            {"buyer": b, "commodity": c, "period": labels[t], "usd_per_tonne": float(value)}
        )
    return pd.DataFrame(rows, columns=["buyer", "commodity", "period", "usd_per_tonne"])
