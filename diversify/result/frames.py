"""Tidy tables of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from diversify.compile.blocks import make_label, split_label
from diversify.formulation import Network
from diversify.policies import Policy, ShareCap
from diversify.policies.groups import members, times
from diversify.result.view import View
from diversify.solver.price_range import PriceRange
from diversify.solver.solution import Solution

RANGE = ("price_low", "price_high", "valid_from", "valid_to")
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
    # Who joins or leaves a bloc while the case runs counts for it in some periods only.
    passing = {
        (name, str(lane)): sum(view.booked.get((lane, t), 0.0) for t in periods)
        for name, sites in times(network, network.blocs).items()
        for site, periods in sites.items()
        for lane in network.lanes.index[network.lanes["origin"] == site]
    }
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
                    booked = {i: passing.get((name, i), total[i]) for i in lanes if i in mass}
                    part = sum(network.contained(i, material) * x for i, x in booked.items())
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
        if isinstance(policy, ShareCap) and policy.buyer is None and not policy.look_through:
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


def prices(
    solution: Solution,
    policies: Mapping[str, Policy],
    held: Mapping[str, PriceRange] | None = None,
) -> pd.DataFrame:
    """Return the price of each policy: how expected cost changes with its level.

    Parameters
    ----------
    solution : Solution
        A solved problem. For a mixed-integer one these are the prices with the decisions fixed.
    policies : mapping
        The policies by name.
    held : mapping, optional
        The range of each price, where it is known.

    Returns
    -------
    pandas.DataFrame
        Columns policy, row, price, unit, price_low, price_high, valid_from, valid_to. The row
        ``all`` is the price of the level as a whole; the others say which rows it comes from.
        ``price_low`` and ``price_high`` differ where the price below the level is not that above;
        these hold down to ``valid_from`` and up to ``valid_to``. Empty where that is not known.
    """
    rows = []
    for name, total in solution.level_price.items():
        unit = policies[name].unit
        whole: dict[str, Any] = {"policy": name, "row": "all", "price": total, "unit": unit}
        found = (held or {}).get(name)
        if found is not None:
            whole |= {"price_low": found.low, "price_high": found.high}
            whole |= {"valid_from": found.start, "valid_to": found.end}
        rows.append(whole)
        parts = sorted(
            (solution.blocks.rows[row], value)
            for (policy, row), value in solution.row_price.items()
            if policy == name and value != 0.0
        )
        rows += [
            {"policy": name, "row": _words(label), "price": value, "unit": unit}
            for label, value in parts
        ]
    frame = pd.DataFrame(rows, columns=["policy", "row", "price", "unit", *RANGE])
    return frame.astype(dict.fromkeys(RANGE, "float64"))


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
    r"""Return what one more tonne of demand would cost, by buyer, commodity and period.

    The tiers of shortage grow with the demand, so where the cheaper ones are full a part of the
    tonne still falls into them; limits of policies and stocks stay as they are.

    .. math:: \textstyle\sum_s \bigl(\pi_s + \sum_k share_k\, \mu_{k,s}\bigr), \quad \mu \le 0

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
    column = {label: i for i, label in enumerate(blocks.columns)}
    labels = network.case.period_labels
    rows = []
    for b, c, t in sorted(network.demand):
        value = 0.0
        for block in ("plan", "ops"):
            at = place.get(make_label(f"{block}.meet", b, c, t))
            value += 0.0 if at is None else solution.row_multiplier[at]
            for k, share, _ in network.tiers.get((b, c), ()):
                most = place.get(make_label(f"{block}.short_most", b, c, k, t))
                value += 0.0 if most is None else share * solution.row_multiplier[most]
                short = column.get(make_label(f"{block}.short", b, c, k, t))
                if short is not None and solution.worth.known:
                    value += share * solution.worth.upper[short]
        rows.append(
            {"buyer": b, "commodity": c, "period": labels[t], "usd_per_tonne": float(value)}
        )
    return pd.DataFrame(rows, columns=["buyer", "commodity", "period", "usd_per_tonne"])
