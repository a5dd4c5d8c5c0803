"""The network of a case: who can send what to whom, in canonical order, before any algebra."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from diversify.case import Case
from diversify.errors import Finding, InputError
from diversify.formulation.measures import Measures, read_measures
from diversify.formulation.rises import Rises, read_rises
from diversify.losses import Losses, struck_by

Hazards = tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """A read-only view of a case with the look-ups that formulation, policies and results share.

    Attributes
    ----------
    case : Case
        The case that the network was made from.
    lanes : pandas.DataFrame
        One row a lane, indexed by its label, with the country, owner and stage of its origin, the
        first period in which it can deliver and its cost per tonne [USD/t].
    sites : pandas.DataFrame
        One row a site, indexed by name, with its first usable period and whether its use is a
        yes/no decision.
    """

    case: Case
    lanes: pd.DataFrame
    sites: pd.DataFrame
    recipes: dict[tuple[str, str], dict[str, dict[str, float]]]
    demand: dict[tuple[str, str, int], float]
    firm: dict[tuple[str, str], bool]
    tiers: dict[tuple[str, str], list[tuple[int, float, float]]]
    stocks: pd.DataFrame
    price: dict[str, float]
    content: dict[str, dict[str, float]]
    site_hazards: dict[str, Hazards]
    lane_hazards: dict[str, Hazards]
    demand_hazards: dict[tuple[str, str], Hazards]
    losses: Losses = field(default_factory=Losses)

    @cached_property
    def periods(self) -> range:
        """Numbers of the periods, from 0."""
        return range(self.case.periods)

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """Stages that a lane leaves."""
        return tuple(sorted(set(self.lanes["stage"])))

    @cached_property
    def materials(self) -> tuple[str, ...]:
        """Materials that some commodity holds."""
        return tuple(sorted({m for contents in self.content.values() for m in contents}))

    @cached_property
    def buyers(self) -> tuple[str, ...]:
        """Names of the buyers."""
        return tuple(self.case.buyers)

    @cached_property
    def blocs(self) -> dict[str, tuple[frozenset[str], ...]]:
        """Members of each bloc on the first day of each period."""
        names = sorted(set(self.case.table("blocs")["bloc"]))
        return {str(name): self.case.countries_in_time(name) for name in names}

    @cached_property
    def active(self) -> list[tuple[str, int]]:
        """Lane and period wherever a delivery is possible at all."""
        return [
            (lane, t)
            for lane, first in zip(self.lanes.index, self.lanes["first_period"], strict=True)
            for t in self.periods
            if t >= first
        ]

    @cached_property
    def runs(self) -> list[tuple[str, str, int]]:
        """Site, recipe and period wherever a recipe can run at all."""
        first = self.sites["first_period"]
        return [(s, r, t) for s, r in self.recipes for t in self.periods if t >= first[s]]

    @cached_property
    def discount(self) -> list[float]:
        """Present value of one USD paid in each period, and of one paid at the end of the last."""
        rate, years = self.case.settings.discount_rate, self.case.period_years
        return [(1 + rate) ** (-t * years) for t in range(self.case.periods + 1)]

    @cached_property
    def lanes_from(self) -> dict[tuple[str, str], list[str]]:
        """Lanes by origin and commodity."""
        return self._lanes_by("origin")

    @cached_property
    def lanes_to(self) -> dict[tuple[str, str], list[str]]:
        """Lanes by destination and commodity."""
        return self._lanes_by("destination")

    @cached_property
    def _lane_cells(self) -> dict[str, dict[str, Any]]:
        """Cells of the table of lanes by column and lane, asked for thousands of times."""
        return {
            str(column): dict(zip(self.lanes.index, self.lanes[column].tolist(), strict=True))
            for column in self.lanes
        }

    def _lanes_by(self, end: str) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for lane, place, commodity in zip(
            self.lanes.index, self.lanes[end], self.lanes["commodity"], strict=True
        ):
            found.setdefault((place, commodity), []).append(lane)
        return found

    @cached_property
    def measures(self) -> Measures:
        """Trade measures, as numbers of lanes and periods."""
        return read_measures(self.case, self.lanes["value"])

    @cached_property
    def rises(self) -> Rises:
        """What hazards do to prices, by lane."""
        return read_rises(self.case, self.lanes)

    @cached_property
    def hazard_sets(self) -> list[Hazards]:
        """Every combination of hazards that acts on some lane or site, each one data symbol."""
        used = {*self.site_hazards.values(), *self.lane_hazards.values()}
        return sorted(used - {()})

    @cached_property
    def surge_sets(self) -> list[Hazards]:
        """Every combination of hazards that acts on some demand, each one data symbol."""
        return sorted(set(self.demand_hazards.values()) - {()})

    @cached_property
    def investments(self) -> dict[str, list[dict[str, Any]]]:
        """Rows of the tables of what can be invested in, and of discounts, by table."""
        names = ("expansions", "discounts", "substitutes", "byproducts")
        return {
            name: [{str(k): v for k, v in row.items()} for row in rows.to_dict("records")]
            for name in names
            for rows in (self.case.table(name),)
        }

    @cached_property
    def annual_demand(self) -> dict[tuple[str, str], float]:
        """Mean demand of each buyer for each commodity [t a year]."""
        years = self.case.periods * self.case.period_years
        total: dict[tuple[str, str], float] = {}
        for (buyer, commodity, _), quantity in self.demand.items():
            total[buyer, commodity] = total.get((buyer, commodity), 0.0) + quantity
        return {key: value / years for key, value in total.items()}

    def site(self, site: str, column: str) -> Any:
        """Return one cell of the table of sites."""
        return self.sites.at[site, column]

    def lane(self, lane: str, column: str) -> Any:
        """Return one cell of the table of lanes."""
        return self._lane_cells[column][lane]

    def stock(self, buyer: str, commodity: str, column: str) -> Any:
        """Return one cell of the table of stocks."""
        return self.stocks.at[(buyer, commodity), column]

    def contained(self, lane: str, material: str) -> float:
        """Return the tonnes of a material in a tonne that travels on a lane."""
        return self.content[self.lane(lane, "commodity")].get(material, 0.0)

    def leaves_stage(self, stage: str, material: str) -> list[str]:
        """Lanes that carry a material out of a stage, so that nothing is counted twice."""
        rows = self.lanes
        kept = (rows["stage"] == stage) & (rows["destination_stage"] != stage)
        return [lane for lane in rows.index[kept] if self.contained(lane, material) > 0]


def build_network(case: Case, losses: Losses | None = None) -> Network:
    """Return the network of a case.

    Parameters
    ----------
    case : Case
        A checked case.
    losses : Losses, optional
        What policies ask to survive: its units strike like hazards.

    Returns
    -------
    Network
        The same for any order of the rows of the case's tables.

    Raises
    ------
    InputError
        If a site that needs a yes/no decision has no finite capacity (its link to the decision
        would need an arbitrary big number).
    """
    months = round(case.period_years * 12)
    sites = case.table("sites").set_index("site")
    sites["first_period"] = [math.ceil(x / months) for x in sites["lead_time_months"]]
    sites["decision"] = (sites["fixed_cost"] > 0) | (sites["minimum_offtake"] > 0)
    price = dict(zip(*_columns(case.table("commodities"), "commodity", "price"), strict=True))
    lanes = _lanes(case, sites, price)
    demand_table = case.table("demand")
    demand = {
        (b, c, int(t) - 1): float(q)
        for b, c, t, q in zip(
            *_columns(demand_table, "buyer", "commodity", "period", "quantity"), strict=True
        )
    }
    gone = losses or Losses()
    pairs = sorted({(b, c) for b, c, _ in demand})
    site_h, lane_h, demand_h = _exposure(case, lanes, sites, pairs, gone)
    network = Network(
        case=case,
        lanes=lanes,
        sites=sites,
        recipes=_recipes(case),
        demand=demand,
        firm={
            (b, c): bool(f)
            for b, c, f in zip(*_columns(demand_table, "buyer", "commodity", "firm"), strict=True)
        },
        tiers=_tiers(case),
        stocks=case.table("stocks").set_index(["buyer", "commodity"]),
        price=price,
        content=_content(case),
        site_hazards=site_h,
        lane_hazards=lane_h,
        demand_hazards=demand_h,
        losses=gone,
    )
    unbounded = sites.index[sites["decision"] & ~sites["capacity"].map(math.isfinite)]
    if len(unbounded):
        raise InputError(
            [
                Finding.error(
                    table="sites",
                    column="capacity",
                    value="inf",
                    message=f"site {site!r} has a qualification cost or a minimum offtake, "
                    "so its capacity must be finite",
                    remedy="give the largest activity that the site can reach",
                )
                for site in unbounded
            ]
        )
    return network


def _columns(frame: pd.DataFrame, *names: str) -> list[list[Any]]:
    return [frame[name].tolist() for name in names]


def _lanes(case: Case, sites: pd.DataFrame, price: dict[str, float]) -> pd.DataFrame:
    lanes = case.table("lanes").set_index("lane")
    origin = lanes["origin"]
    for name in ("country", "owner", "stage", "first_period"):
        lanes[name] = sites[name].reindex(origin).to_numpy()
    to_site = lanes["destination"].isin(sites.index)
    lanes["to_buyer"] = ~to_site
    stage = dict(zip(sites.index, sites["stage"], strict=True))
    lanes["destination_stage"] = [stage.get(d, "") for d in lanes["destination"]]
    later = [
        sites.at[d, "first_period"] if s else 0
        for d, s in zip(lanes["destination"], to_site, strict=True)
    ]
    lanes["first_period"] = [max(a, b) for a, b in zip(lanes["first_period"], later, strict=True)]
    value = lanes["commodity"].map(price)
    lanes["value"] = value
    lanes["duty"] = lanes["tariff"] * value
    home = {buyer: case.countries_of(buyer) for buyer in case.buyers}
    everyone = frozenset().union(*home.values())
    ends = list(zip(lanes["country"], lanes["destination"], to_site, strict=True))
    # Ore that stays in its country is foreign to a buyer elsewhere all the same.
    lanes["domestic"] = [c in (everyone if s else home[d]) for c, d, s in ends]
    return lanes


def _recipes(case: Case) -> dict[tuple[str, str], dict[str, dict[str, float]]]:
    found: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    table = case.table("recipes")
    for site, recipe, direction, commodity, amount, share in zip(
        *_columns(table, "site", "recipe", "direction", "commodity", "amount", "yield"),
        strict=True,
    ):
        sides = found.setdefault((site, recipe), {"input": {}, "output": {}})
        sides[direction][commodity] = amount * (share if direction == "output" else 1.0)
    return found


def _tiers(case: Case) -> dict[tuple[str, str], list[tuple[int, float, float]]]:
    found: dict[tuple[str, str], list[tuple[int, float, float]]] = {}
    for buyer, commodity, tier, share, cost in zip(
        *_columns(case.table("shortages"), "buyer", "commodity", "tier", "share", "cost"),
        strict=True,
    ):
        found.setdefault((buyer, commodity), []).append((int(tier), share, cost))
    return found


def _content(case: Case) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for commodity, material, content in zip(
        *_columns(case.table("contents"), "commodity", "material", "content"), strict=True
    ):
        found.setdefault(commodity, {})[material] = content
    return found


def _exposure(
    case: Case,
    lanes: pd.DataFrame,
    sites: pd.DataFrame,
    pairs: list[tuple[str, str]],
    losses: Losses,
) -> tuple[dict[str, Hazards], dict[str, Hazards], dict[tuple[str, str], Hazards]]:
    """Say which hazards act on each site, lane and demand.

    A site that is down also delivers less on each of its lanes, in proportion to what was booked:
    a buyer of a tenth of a mine's output does not get the first tenth that is left.
    """
    on_site: dict[str, list[str]] = {str(s): [] for s in sites.index}
    on_lane: dict[str, list[str]] = {str(lane): [] for lane in lanes.index}
    on_demand: dict[tuple[str, str], list[str]] = {pair: [] for pair in pairs}
    origin = {str(lane): str(site) for lane, site in lanes["origin"].items()}
    prices = case.table("hazards").query("kind == 'price'")["hazard"].tolist()
    for hazard, struck in case.exposure().items():
        if hazard in prices:
            continue
        down = set(struck.sites)
        for site in struck.sites:
            on_site[site].append(hazard)
        for lane in {*struck.lanes, *(lane for lane, site in origin.items() if site in down)}:
            on_lane[lane].append(hazard)
        for pair in struck.demand:
            on_demand[pair].append(hazard)
    for unit in losses.units:
        for site in unit.sites:
            on_site[site].append(unit.name)
        for lane in struck_by(lanes, unit):
            on_lane[lane].append(unit.name)
    return (
        {k: tuple(sorted(v)) for k, v in on_site.items()},
        {k: tuple(sorted(v)) for k, v in on_lane.items()},
        {k: tuple(sorted(v)) for k, v in on_demand.items()},
    )
