"""Random small worlds, and random rules for them: cheap to solve, of every kind there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

import diversify as dv
from diversify.case import Case
from diversify.policies import Policy
from diversify.testing import small_case

MINERS = ("AUS", "CHN", "COD", "USA")
REFINERS = ("AUS", "CHN", "DEU", "MYS")
HOMES = {"V": "JPN", "W": "DEU"}
OTHER = {
    "AUS": "ZAF", "CHN": "AGO", "COD": "PER", "DEU": "SWE", "JPN": "BEL", "MYS": "THA", "USA": "CAN"
}  # fmt: skip
Tables = dict[str, pd.DataFrame]


def draw_world(rng: np.random.Generator) -> Case:
    """Two buyers in two or three years, with mines, refineries, scrap, stocks and hazards."""
    periods = int(rng.integers(2, 4))
    mines = sorted(rng.choice(MINERS, 3, replace=False))
    plants = sorted(rng.choice(REFINERS, 3, replace=False))

    def number(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 2)

    sites: list[dict[str, Any]] = [
        {"site": f"mine {c}", "country": c, "stage": "mine", "cost": number(1, 5),
         "capacity": number(12, 40), "emissions": number(0, 3), "radioactive": number(0, 0.2)}
        for c in mines
    ]  # fmt: skip
    sites += [
        {"site": f"plant {c}", "country": c, "cost": number(2, 9), "capacity": number(5, 14),
         "emissions": number(0, 5), "radioactive": number(0, 0.3), "owner": f"firm {i % 2}"}
        for i, c in enumerate(plants)
    ]  # fmt: skip
    if rng.random() < 0.3:
        sites[-1] |= {"fixed_cost": number(1, 20)}
    scrap = rng.random() < 0.7
    sites += [
        {"site": "scrap", "country": "DEU", "stage": "recycle", "cost": 12, "capacity": 3}
    ] * scrap
    recipes: list[dict[str, Any]] = [{"site": f"mine {c}", "commodity": "ore"} for c in mines]
    for c in plants:
        recipes += [
            {"site": f"plant {c}", "direction": "input", "commodity": "ore",
             "amount": number(2.05, 2.6)},
            {"site": f"plant {c}", "commodity": "metal"},
        ]  # fmt: skip
    recipes += [{"site": "scrap", "commodity": "metal"}] * scrap
    ends = [(f"mine {a}", f"plant {b}", "ore") for a in mines for b in plants if rng.random() < 0.8]
    ends += [("mine " + mines[0], f"plant {b}", "ore") for b in plants]
    ends += [(f"plant {b}", w, "metal") for b in plants for w in HOMES if rng.random() < 0.8]
    ends += [(f"plant {plants[0]}", w, "metal") for w in HOMES]
    ends += [("scrap", "W", "metal")] * scrap
    lanes = [
        {"origin": a, "destination": b, "commodity": c, "freight": number(0, 2),
         "flex": number(0, 0.5), "take_or_pay": number(0, 0.5) * (rng.random() < 0.3),
         "emissions": number(0, 0.5)}
        for a, b, c in dict.fromkeys(ends)
    ]  # fmt: skip
    hazards = {
        "embargo": {"by": "country", "name": mines[1], "exports_only": bool(rng.random() < 0.5)},
        "strike": {"by": "site", "name": f"plant {plants[0]}"},
        "storm": {"by": "site", "name": f"mine {mines[2]}"},
    }
    mass = rng.dirichlet(np.ones(5))
    labels = ["calm", "a", "b", "c", "d"]
    scenarios = {
        label: (
            float(p),
            {}
            if label == "calm"
            else {
                h: [round(float(x), 1) for x in rng.choice([0, 0.4, 1, 1], periods)]
                for h in hazards
            },
        )
        for label, p in zip(labels, [1 - mass[1:].sum(), *mass[1:]], strict=True)
    }
    case = small_case(
        name="world",
        start="2029-01",
        periods=periods,
        discount_rate=0.05,
        commodities=[
            {"commodity": "ore", "material": "Nd", "price": 5},
            {"commodity": "metal", "material": "Nd", "price": 25},
        ],
        contents=[
            {"commodity": "ore", "material": "Nd", "content": 0.5},
            {"commodity": "metal", "material": "Nd", "content": 1.0},
        ],
        buyers=[{"buyer": b, "country": c} for b, c in HOMES.items()],
        sites=sites,
        recipes=recipes,
        lanes=lanes,
        demand=[
            {"buyer": b, "commodity": "metal", "period": t, "quantity": number(3, 9)}
            for b in HOMES
            for t in range(1, periods + 1)
        ],
        shortages=[
            {"buyer": b, "commodity": "metal", "tier": k, "share": share, "cost": cost}
            for b in HOMES
            for k, share, cost in ((1, 0.3, 60), (2, 0.7, 110))
        ],
        stocks=[
            {"buyer": b, "commodity": "metal", "capacity": 6, "holding_cost": number(0, 3),
             "end_discount": 0.3}
            for b in HOMES
        ],
        hazards=[{"hazard": h, **cells} for h, cells in hazards.items()],
        scenarios=scenarios,
    )  # fmt: skip
    club = [
        {"bloc": "CLUB", "country": c, "since": since, "until": ""}
        for c, since in ((mines[0], "2000"), ("DEU", "2000"), (plants[1], "2029-07-01"))
    ]
    unique = {row["country"]: row for row in reversed(club)}
    return case.with_table("blocs", pd.DataFrame([unique[c] for c in sorted(unique)]))


def draw_rule(rng: np.random.Generator, kind: str, case: Case) -> Policy:
    """A rule of a kind, of which the level may bind, or be more than can be kept."""
    countries = sorted(set(case.raw("sites")["country"]))
    spans = ["each", "year", "horizon", case.period_labels[-1]]

    def pick(*choices: Any) -> Any:
        return choices[int(rng.integers(len(choices)))]

    def level(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 3)

    def some(most: int) -> list[str]:
        return sorted(rng.choice(countries, int(rng.integers(1, most + 1)), replace=False))

    buyer = pick(None, None, "W")
    risk: dict[str, Any] = pick(
        {"measure": "expectation"},
        {"measure": "worst"},
        {"measure": "cvar", "level": level(0.6, 0.95)},
        {"measure": "chance", "level": level(0.6, 0.95)},
    )
    measure = risk["measure"]
    draws: Mapping[str, Callable[[], Policy]] = {
        "share_cap": lambda: dv.ShareCap(
            by=pick("country", "site", "owner"), share=level(0.35, 0.9),
            stage=pick("mine", "refine"), period=pick(*spans), foreign_only=pick(False, True),
            buyer=None, look_through=pick(False, False, True, "touched"),
        ),
        "share_cap.bloc": lambda: dv.ShareCap(
            by="bloc", names=["CLUB"], share=level(0.2, 0.9), stage=pick("mine", "refine"),
            period=pick(*spans), look_through=pick(False, True),
        ),
        "share_cap.buyer": lambda: dv.ShareCap(
            by="country", share=level(0.4, 0.9), stage="refine", buyer="V", period=pick(*spans),
            look_through=pick(False, True, "touched"),
        ),
        "share_floor": lambda: dv.ShareFloor(
            by="country", names=some(3), share=level(0.05, 0.6), stage=pick("mine", "refine"),
            period=pick(*spans), look_through=pick(False, False, True),
        ),
        "exclude": lambda: dv.Exclude(
            by="country", names=some(1), stage=pick("mine", "refine"), limit=pick(0, level(0, 3)),
            look_through=pick(False, True, "touched"), from_period=case.period_labels[1],
        ),
        "exclude.path": lambda: dv.Exclude(
            by=pick("country"), names=some(2), stage=pick("mine", "refine"),
            phase_out={"2029": level(0.3, 0.9), case.period_labels[-1]: level(0, 0.3)},
        ),
        "hhi_cap": lambda: dv.HhiCap(
            by=pick("country", "site"), limit=level(0.38, 0.9), stage=pick("mine", "refine"),
            period=pick(*spans), look_through=pick(False, False, True),
        ),
        "min_sources": lambda: dv.MinSources(
            by="country", count=2, share=level(0.02, 0.3), stage=pick("mine", "refine"),
            period=pick(*spans),
        ),
        "max_sources": lambda: dv.MaxSources(
            by="country", count=pick(1, 2), share=pick(0, level(0, 0.1)),
            stage=pick("mine", "refine"), period=pick(*spans),
        ),
        "survive_loss": lambda: dv.SurviveLoss(
            by=pick("country", "site"), months=pick(6, 12), limit=level(0.1, 0.8), buyer=buyer
        ),
        "time_to_survive": lambda: dv.TimeToSurvive(
            days=pick(90, 200), limit=level(0.1, 0.8), by="country"
        ),
        "stock_floor": lambda: dv.StockFloor(days=level(10, 120), buyer=buyer),
        "stock_norm": lambda: dv.StockNorm(days=level(10, 60), above=level(0.4, 0.8)),
        "spend_cap": lambda: dv.SpendCap(limit=level(150, 600)),
        "shortage_budget": lambda: dv.ShortageBudget(
            **risk, limit=pick(0, level(0, 0.3)), buyer=buyer,
            material=pick(None, "all", "Nd"),
        ),
        "cost_budget": lambda: dv.CostBudget(**risk, limit=level(300, 900)),
        "emissions_cap": lambda: dv.EmissionsCap(
            limit=level(60, 300), period=pick(*spans), names=pick([], ["CLUB"])
        ),
        "radioactive_cap": lambda: dv.RadioactiveCap(limit=level(2, 14), period=pick(*spans)),
        "producer_value_floor": lambda: dv.ProducerValueFloor(
            share=level(0.05, 0.6), of=pick("processing", "value_added"),
            names=pick([], some(3), ["CLUB"]), period=pick(*spans),
        ),
        "crma": lambda: dv.Crma(
            ambition=level(0.2, 1), extraction=pick(0, 0.1), recycling=pick(0, 0.1), buyer=buyer,
            processing=pick(0, 0.2, 0.4),
        ),
    }  # fmt: skip
    rule = draws[kind]()
    return rule.model_copy(update={"name": f"{kind} {measure}" if "budget" in kind else kind})


KINDS = (
    "share_cap", "share_cap.bloc", "share_cap.buyer", "share_floor", "exclude", "exclude.path",
    "hhi_cap", "min_sources", "max_sources", "survive_loss", "time_to_survive", "stock_floor",
    "stock_norm", "spend_cap", "shortage_budget", "cost_budget", "emissions_cap",
    "radioactive_cap", "producer_value_floor", "crma",
)  # fmt: skip


def tables_of(case: Case) -> Tables:
    """The tables as they were given."""
    return {name: case.raw(name) for name in case.tables}


def shuffled(case: Case, rng: np.random.Generator) -> Case:
    """The same case, with the rows of every table in another order."""
    tables = {
        name: frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for name, frame in tables_of(case).items()
    }
    return Case.from_frames(case.settings, tables)


def renamed(case: Case) -> Case:
    """The same case elsewhere in the world, with names in another order."""
    tables = tables_of(case)
    for name, column in (("sites", "country"), ("buyers", "country"), ("blocs", "country")):
        tables[name][column] = tables[name][column].map(lambda c: OTHER.get(c, c))
    tables["hazards"]["name"] = tables["hazards"]["name"].map(lambda c: OTHER.get(c, c))
    return Case.from_frames(case.settings, tables)


def renamed_rule(rule: Policy) -> Policy:
    """The same rule in the renamed case."""
    if not getattr(rule, "names", ()):
        return rule
    names = tuple(OTHER.get(name, name) for name in rule.names)  # type: ignore[attr-defined]
    return rule.model_copy(update={"names": names})


def looser(rule: Policy) -> Policy:
    """The rule at a level that is easier to keep."""
    level = rule.level_value
    if rule.kind in ("min_sources", "max_sources"):
        return rule.with_level(level + 1 if rule.upper else max(1, level - 1))
    new = level * 1.1 + 0.01 if rule.upper else level * 0.9
    most = 1.0 if rule.kind in ("share_cap", "hhi_cap", "survive_loss", "time_to_survive") else None
    return rule.with_level(new if most is None else min(most, new))
