"""What a plan decides once: sites qualified, capacity built, tiers, substitutes, recovery."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from diversify.compile.blocks import make_label
from diversify.formulation import Network
from diversify.formulation.byproducts import byproducts
from diversify.formulation.discounts import discounts
from diversify.formulation.expanding import expansions
from diversify.formulation.pools import access_fees
from diversify.formulation.substitution import substitutes
from diversify.solver.solution import Solution

COLUMNS = (
    "site",
    "qualified",
    "decision",
    "commodity",
    "destination",
    "option",
    "period",
    "usable_from",
    "tonnes_per_year",
)
NOTHING = 1e-9


def decisions(solution: Solution, network: Network) -> pd.DataFrame:
    """Return what a plan decides besides volumes and stocks.

    Parameters
    ----------
    solution : Solution
        A solved problem.
    network : Network
        Its network.

    Returns
    -------
    pandas.DataFrame
        Columns site, qualified, decision (``qualify``, ``expand``, ``discount``, ``substitute``,
        ``recover`` or ``join``), commodity, destination (the buyer of a substitute, the destination
        of a discount, the member of a pool), option (of an expansion, number of the tier, name of
        the substitute or of the pool, host),
        period in which it is decided or the tier holds, usable_from, tonnes_per_year (capacity,
        volume of the tier, ability to replace, recovery added). A site that may be qualified is
        listed either way; the rest, with ``qualified`` true, only where something is decided.
    """
    blocks = solution.blocks
    plan = np.maximum(solution.plan, 0.0).tolist()
    named = dict(zip(blocks.columns[: blocks.first], plan, strict=True))
    approved = [
        {
            "site": site,
            "decision": "qualify",
            "qualified": named[make_label("plan.qualify", site)] > 0.5,
        }
        for site in network.sites.index[network.sites["decision"]]
    ]
    blank = dict.fromkeys(COLUMNS, "") | {"qualified": True, "tonnes_per_year": math.nan}
    rows = [
        blank | row
        for row in (
            *approved,
            *_built(named, network),
            *_tiers(named, network),
            *_less_needed(named, network),
            *_joined(named, network),
        )
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"qualified": bool, "tonnes_per_year": float})


def _built(named: Mapping[str, float], network: Network) -> Iterator[dict[str, Any]]:
    labels, years = network.case.period_labels, network.case.period_years
    for way in expansions(network):
        for t in way.decided:
            size = named[make_label("plan.expand", way.site, way.option, t)]
            if size > NOTHING:
                yield {
                    "site": way.site,
                    "decision": "expand",
                    "option": way.option,
                    "period": labels[t],
                    "usable_from": labels[t + way.lead],
                    "tonnes_per_year": size / years,
                }


def _tiers(named: Mapping[str, float], network: Network) -> Iterator[dict[str, Any]]:
    labels, years = network.case.period_labels, network.case.period_years
    for discount in discounts(network):
        site, commodity, destination = discount.key
        for t in network.periods:
            for k in discount.tiers:
                index = (*discount.key, k, t)
                if named.get(make_label("plan.tier", *index), 0.0) > 0.5:
                    yield {
                        "site": site,
                        "decision": "discount",
                        "commodity": commodity,
                        "destination": destination,
                        "option": str(k),
                        "period": labels[t],
                        "usable_from": labels[t],
                        "tonnes_per_year": named[make_label("plan.tiered", *index)] / years,
                    }


def _less_needed(named: Mapping[str, float], network: Network) -> Iterator[dict[str, Any]]:
    """Yield abilities to replace a commodity, and what is recovered more of by-products."""
    labels, years = network.case.period_labels, network.case.period_years
    for way in substitutes(network):
        size = named[make_label("plan.ability", *way.key)]
        if size > NOTHING:
            yield {
                "decision": "substitute",
                "commodity": way.commodity,
                "destination": way.buyer,
                "option": way.name,
                "period": labels[0],
                "usable_from": labels[way.first],
                "tonnes_per_year": size / years,
            }
    for row in byproducts(network):
        size = named[make_label("plan.recover", *row.key)] if row.grows else 0.0
        if size > NOTHING:
            yield {
                "site": row.site,
                "decision": "recover",
                "option": row.host,
                "period": labels[0],
                "usable_from": labels[row.first],
                "tonnes_per_year": size / years,
            }


def _joined(named: Mapping[str, float], network: Network) -> Iterator[dict[str, Any]]:
    """Yield the pools that buyers pay to join."""
    first = network.case.period_labels[0]
    for pool, buyer in access_fees(network):
        if named[make_label("plan.join", pool, buyer)] > 0.5:
            yield {
                "decision": "join",
                "destination": buyer,
                "option": pool,
                "period": first,
                "usable_from": first,
            }
