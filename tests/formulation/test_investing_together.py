"""All kinds of investment at once: every method, saved plans, what is spent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

import diversify as dv
from diversify.cli.answer import answer
from diversify.result.summary import summary
from diversify.testing import small_case, trial


def rich_case(seed: int = 0, **changes: Any) -> dv.Case:
    """An ore and two refineries, a recycler yet to be built, and gallium from one refinery."""
    rng = np.random.default_rng(seed)

    def number(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 2)

    ends = [("Mine", "Ref C", "ore"), ("Mine", "Ref E", "ore")]
    ends += [(site, "Works", "metal") for site in ("Ref C", "Ref E", "Loop")]
    ends += [("Ga", "Works", "gallium")]
    recipes = [{"site": "Mine", "commodity": "ore"}]
    for site in ("Ref C", "Ref E"):
        recipes += [
            {"site": site, "direction": "input", "commodity": "ore", "amount": 2.0},
            {"site": site, "commodity": "metal"},
        ]
    given: dict[str, Any] = {
        "periods": 3,
        "discount_rate": 0.05,
        "commodities": [
            {"commodity": "ore", "material": "M", "price": 2.0},
            {"commodity": "metal", "material": "M", "price": 8.0},
            {"commodity": "gallium", "material": "Ga", "price": 30.0},
        ],
        "sites": [
            {"site": "Mine", "stage": "mine", "cost": 1, "capacity": 60},
            {"site": "Ref C", "country": "CHN", "cost": number(2, 3), "capacity": 14},
            {
                "site": "Ref E",
                "country": "DEU",
                "cost": number(3, 4),
                "capacity": 2,
                "fixed_cost": 4,
                "minimum_offtake": 3,
            },
            {"site": "Loop", "country": "DEU", "stage": "recycle", "cost": 5, "capacity": 0},
            {"site": "Ga", "country": "CHN", "cost": 12, "capacity": 10},
        ],
        "recipes": [*recipes, *({"site": s, "commodity": c} for s, _, c in ends[-2:])],
        "lanes": [
            {"origin": o, "destination": d, "commodity": c, "flex": 0.2, "take_or_pay": 0.5}
            for o, d, c in ends
        ],
        "demand": [
            {"buyer": "Works", "commodity": "metal", "quantity": 10},
            {"buyer": "Works", "commodity": "gallium", "quantity": 1.5},
        ],
        "shortages": [
            {"buyer": "Works", "commodity": "metal", "cost": 60},
            {"buyer": "Works", "commodity": "gallium", "cost": 200},
        ],
        "stocks": [{"buyer": "Works", "commodity": "metal", "capacity": 4, "holding_cost": 0.5}],
        "hazards": [
            {"hazard": "embargo", "by": "country", "name": "CHN"},
            {"hazard": "boom", "kind": "demand", "by": "commodity", "name": "metal"},
        ],
        "scenarios": {
            "calm": (0.6, {}),
            "embargo": (0.2, {"embargo": [1, 0.5, 0]}),
            "boom": (0.15, {"boom": [1, 1, 1.4]}),
            "both": (0.05, {"embargo": [1, 0, 0], "boom": [1, 1.2, 1]}),
        },
        "expansions": [
            {
                "site": "Ref E",
                "capital_cost": number(4, 12),
                "life_years": 8,
                "lead_time_months": 12,
                "module": 2.5,
                "most": 6,
            },
            {"site": "Loop", "capital_cost": number(4, 9), "life_years": 6, "most": 2},
        ],
        "discounts": [
            {"site": "Ref C", "commodity": "metal", "threshold": w, "cut_per_tonne": c}
            for w, c in ((3, 0.3), (6, number(0.6, 1.4)))
        ]
        + [
            {
                "site": "Ref E",
                "commodity": "metal",
                "destination": "Works",
                "kind": "incremental",
                "threshold": 2,
                "cut": 0.1,
            }
        ],
        "substitutes": [
            {
                "buyer": "Works",
                "commodity": "metal",
                "share": 0.2,
                "cost": number(4, 30),
                "capital_cost": 3,
                "life_years": 5,
            }
        ],
        "byproducts": [
            {
                "site": "Ga",
                "host": "Ref C",
                "content": 0.2,
                "recovery": 0.3,
                "most_recovery": 0.8,
                "capital_cost": 20,
                "life_years": 10,
            },
            {"site": "Ga", "host": "coal", "content": 0.05, "recovery": 0.4, "host_output": 10},
        ],
        **changes,
    }
    return small_case(**given)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(s, marks=pytest.mark.slow) for s in range(1, 8))]
)
def test_both_methods_find_the_same_optimum(seed: int) -> None:
    case = rich_case(seed)
    one = dv.solve(case, method="extensive", gap=1e-8)
    other = dv.solve(case, method="decomposed", gap=1e-8)
    assert (one.point, other.point) == ("certified", "certified")
    assert other.objective == pytest.approx(one.objective, rel=1e-7)


def test_every_scenario_written_out_has_the_same_optimum() -> None:
    # mpi-sppy solves all scenarios in full, before news too, where ours are the plan itself.
    from mpisppy.opt.ef import ExtensiveForm

    case = rich_case()
    creator, names = dv.scenario_creator(case)
    form = ExtensiveForm({"solver": "appsi_highs"}, names, creator)
    pyo.assert_optimal_termination(form.solve_extensive_form())
    ours = dv.solve(case, gap=1e-8)
    assert form.get_objective_value() == pytest.approx(ours.objective, rel=1e-6)


@pytest.mark.slow
def test_the_spend_of_an_undisturbed_plan_is_its_cost_without_lost_output() -> None:
    # In one calm scenario that is all but shortage and what the stock is worth at last.
    needs = {"metal": 20, "gallium": 1.5}
    calm = rich_case(
        scenarios={"calm": (1.0, {})},
        demand=[{"buyer": "Works", "commodity": c, "quantity": q} for c, q in needs.items()],
    )
    free = dv.solve(calm)
    costs = free.costs.set_index("kind")["usd"]
    assert costs["discount"] < 0
    assert min(costs["expansion"], costs["recovery"], costs["substitution"]) > 0
    spent = costs["total"] - costs["shortage"] - costs["stock_resale"]
    view = trial(calm, [dv.SpendCap(limit=1e6)]).view
    assert view is not None
    assert view.spend == pytest.approx(spent, rel=1e-6)
    # The row and the measure agree where the cap binds: less is bought and more is short.
    cap = dv.SpendCap(limit=0.8 * spent)
    held = trial(calm, [cap])
    assert held.view is not None
    assert held.view.spend == pytest.approx(cap.limit, rel=1e-6)
    assert held.objective > free.objective


def test_decisions_are_saved_and_told(tmp_path: Path) -> None:
    plan = dv.solve(rich_case())
    kinds = set(plan.decisions["decision"])
    assert {"qualify", "expand", "discount", "recover"} <= kinds
    assert dv.read_plan(plan.save(tmp_path / "plan")) == plan
    rows = summary(plan)["decisions"]
    assert [row["decision"] for row in rows] == plan.decisions["decision"].tolist()
    shown = [block for block in answer(plan, summary(plan)) if "Investments" in str(block)]
    assert "Loop" in str(shown)
