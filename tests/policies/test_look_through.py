"""Looking through to the mine, against routes that are listed one by one."""

from __future__ import annotations

import doctest
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from scipy.optimize import linprog

import diversify as dv
from diversify.case import Case
from diversify.errors import InputError
from diversify.formulation import build_network
from diversify.formulation.look_through import alike, find_lots
from diversify.policies import Exclude, HhiCap, ShareCap, ShareFloor
from diversify.testing import policy_rows, small_case, tiny_case, trial

ROOT = Path(__file__).parents[2]
COUNTRIES = ("AUS", "CHN", "USA")


def test_the_worked_example() -> None:
    found = doctest.testfile(
        str(ROOT / "docs" / "look-through.md"), module_relative=False, encoding="utf-8"
    )
    assert found.attempted > 8
    assert found.failed == 0


@dataclass(frozen=True)
class Chain:
    """Mines, refineries and makers with random costs, capacities and yields."""

    seed: int

    def numbers(self, stage: str, low: float, high: float) -> np.ndarray:
        key = {"mine": 0, "refine": 1, "make": 2}[stage]
        return np.random.default_rng([self.seed, key, int(low * 10)]).uniform(low, high, 3).round(2)

    def sites(self, stage: str) -> list[dict[str, Any]]:
        cost, size = self.numbers(stage, 1, 9), self.numbers(stage, 60, 160)
        return [
            {"site": f"{stage} {c}", "country": c, "stage": stage, "cost": float(a),
             "capacity": float(b)}
            for c, a, b in zip(COUNTRIES, cost, size, strict=True)
        ]  # fmt: skip

    def inputs(self, stage: str) -> dict[str, float]:
        """Tonnes that a site takes for a tonne."""
        return dict(zip(COUNTRIES, self.numbers(stage, 1.1, 1.6).tolist(), strict=True))

    def case(self) -> Case:
        """Everything feeds everything; 100 t of parts are needed."""
        ways = [("mine", "refine", "ore"), ("refine", "make", "metal")]
        recipes = [{"site": f"mine {c}", "commodity": "ore"} for c in COUNTRIES]
        for stage, taken, made in (("refine", "ore", "metal"), ("make", "metal", "part")):
            for c, amount in self.inputs(stage).items():
                recipes += [
                    {"site": f"{stage} {c}", "direction": "input", "commodity": taken,
                     "amount": amount},
                    {"site": f"{stage} {c}", "commodity": made},
                ]  # fmt: skip
        return small_case(
            commodities=[{"commodity": c, "material": "Nd"} for c in ("ore", "metal", "part")],
            contents=[
                {"commodity": c, "material": "Nd", "content": x}
                for c, x in (("ore", 0.8), ("metal", 0.85), ("part", 0.9))
            ],
            sites=[row for stage in ("mine", "refine", "make") for row in self.sites(stage)],
            recipes=recipes,
            lanes=[
                {"origin": f"{a} {x}", "destination": f"{b} {y}", "commodity": c}
                for a, b, c in ways
                for x, y in product(COUNTRIES, COUNTRIES)
            ]
            + [
                {"origin": f"make {x}", "destination": "Works", "commodity": "part"}
                for x in COUNTRIES
            ],
            demand=[{"buyer": "Works", "commodity": "part", "quantity": 100}],
            shortages=[{"buyer": "Works", "commodity": "part", "cost": 60}],
        )

    def by_routes(
        self, names: tuple[str, ...], share: float, stage: str, *, touched: bool
    ) -> float:
        """Cost of the cheapest plan, by a variable for each way from mine to works."""
        routes = list(product(COUNTRIES, repeat=3))
        takes = {s: self.inputs(s) for s in ("refine", "make")}
        rows = {s: {r["country"]: r for r in self.sites(s)} for s in ("mine", "refine", "make")}
        # Tonnes at each stage for a tonne of parts; the last column is what is short.
        tonnes = [
            {"make": 1.0, "refine": takes["make"][m], "mine": takes["make"][m] * takes["refine"][r]}
            for _, r, m in routes
        ]
        at = dict(zip(("mine", "refine", "make"), range(3), strict=True))
        cost = [
            sum(t[s] * rows[s][route[at[s]]]["cost"] for s in at)
            for route, t in zip(routes, tonnes, strict=True)
        ]
        left, right = [], []
        for s, c in product(at, COUNTRIES):
            left.append([t[s] * (r[at[s]] == c) for r, t in zip(routes, tonnes, strict=True)] + [0])
            right.append(rows[s][c]["capacity"])
        for name in names:
            met = [
                name in route[: at[stage] + 1] if touched else name == route[0] for route in routes
            ]
            left.append([t[stage] * (m - share) for m, t in zip(met, tonnes, strict=True)] + [0])
            right.append(0.0)
        total = [[1.0] * (len(routes) + 1)]
        found = linprog([*cost, 60.0], left, right, total, [100.0], method="highs")
        return float(found.fun)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("names", "share", "stage", "through"),
    [
        ((), 0.4, "make", True),
        (("CHN", "USA"), 0.15, "refine", True),
        ((), 0.62, "make", "touched"),
        (("CHN", "USA"), 0.5, "make", "touched"),
    ],
)
def test_a_cap_costs_what_it_costs_route_by_route(
    seed: int, names: tuple[str, ...], share: float, stage: str, through: Literal[True, "touched"]
) -> None:
    chain = Chain(seed)
    cap = ShareCap(by="country", names=names, share=share, stage=stage, look_through=through)
    found = trial(chain.case(), [cap])
    routes = chain.by_routes(names or COUNTRIES, share, stage, touched=through == "touched")
    assert found.objective == pytest.approx(routes, rel=1e-9)
    assert found.objective > chain.by_routes((), 1, stage, touched=False) * (1 + 1e-6)
    assert found.view is not None
    assert max(cap.measure(found.view).values()) <= share + 1e-7


def two_ores(**settings: Any) -> Case:
    """A refinery takes Chinese and Australian ore, half each, for two buyers; scrap costs more."""
    return small_case(
        sites=[
            {"site": "Mine C", "country": "CHN", "stage": "mine", "cost": 1, "capacity": 50},
            {"site": "Mine A", "country": "AUS", "stage": "mine", "cost": 2, "capacity": 50},
            {"site": "Ref", "country": "MYS", "cost": 1, "capacity": 100},
            {"site": "Loop", "country": "DEU", "stage": "recycle", "cost": 9, "capacity": 100},
        ],
        commodities=[{"commodity": c, "material": "Nd"} for c in ("ore", "metal")],
        recipes=[
            {"site": "Mine C", "commodity": "ore"},
            {"site": "Mine A", "commodity": "ore"},
            {"site": "Ref", "direction": "input", "commodity": "ore"},
            {"site": "Ref", "commodity": "metal"},
            {"site": "Loop", "commodity": "metal"},
        ],
        lanes=[
            *(
                {"origin": m, "destination": "Ref", "commodity": "ore"}
                for m in ("Mine C", "Mine A")
            ),
            *(
                {"origin": s, "destination": b, "commodity": "metal"}
                for s, b in product(("Ref", "Loop"), ("East", "West"))
            ),
        ],
        demand=[{"buyer": b, "commodity": "metal", "quantity": 50} for b in ("East", "West")],
        **settings,
    )


def test_the_plan_decides_which_lots_go_where() -> None:
    # All 50 t of Chinese ore can go to East, so West can be free of it, but not both.
    free = trial(two_ores(), []).objective
    west = ShareCap(by="country", names=["CHN"], share=1e-6, buyer="West", look_through=True,
                    stage="refine")  # fmt: skip
    assert trial(two_ores(), [west]).objective == pytest.approx(free)
    both = west.model_copy(update={"buyer": None})
    # Everything Chinese is replaced by what is recycled: 50 * (9 - (1 + 1)).
    assert trial(two_ores(), [both]).objective == pytest.approx(free + 350, rel=1e-5)


def test_a_plan_is_measured_by_the_best_split_of_its_lots() -> None:
    view = trial(two_ores(), []).view
    assert view is not None
    west = ShareCap(by="country", names=["CHN"], share=0.5, buyer="West", look_through=True,
                    stage="refine")  # fmt: skip
    assert list(west.measure(view).values()) == pytest.approx([0.0], abs=1e-8)
    each = ShareCap(by="country", share=0.5, buyer="West", look_through=True, stage="refine")
    assert sorted(each.measure(view).values()) == pytest.approx([0.5, 0.5], abs=1e-7)
    floor = ShareFloor(by="country", names=["CHN"], share=0.5, buyer="West", look_through=True,
                       stage="refine")  # fmt: skip
    assert list(floor.measure(view).values()) == pytest.approx([1.0], abs=1e-7)
    index = HhiCap(by="country", limit=0.9, buyer="West", look_through=True, stage="refine")
    assert list(index.measure(view).values()) == pytest.approx([0.5], abs=1e-7)


def test_recycled_material_was_mined_nowhere() -> None:
    floor = ShareFloor(by="country", names=["DEU"], share=0.1, look_through=True, stage="recycle")
    with pytest.raises(InputError, match="it matches no Nd at the recycle stage"):
        policy_rows(two_ores(), floor)
    touched = floor.model_copy(update={"look_through": "touched"})
    assert len(policy_rows(two_ores(), touched)) == 1


def test_each_input_brings_its_part_of_the_material() -> None:
    # An alloy of 0.3 t of Nd from China and 0.1 t from Australia: three quarters are Chinese,
    # whatever is bought of the steel, which holds none.
    case = small_case(
        sites=[
            {"site": "C", "country": "CHN", "stage": "mine"},
            {"site": "A", "country": "AUS", "stage": "mine"},
            {"site": "S", "country": "USA", "stage": "mine"},
            {"site": "Mill", "country": "MYS", "stage": "make", "capacity": 10},
        ],
        commodities=[
            {"commodity": "metal", "material": "Nd"},
            {"commodity": "scrap", "material": "Nd"},
            {"commodity": "steel", "material": "Fe"},
            {"commodity": "alloy", "material": "Nd"},
        ],
        contents=[
            {"commodity": "metal", "material": "Nd", "content": 1.0},
            {"commodity": "scrap", "material": "Nd", "content": 0.5},
            {"commodity": "steel", "material": "Fe", "content": 1.0},
            {"commodity": "alloy", "material": "Nd", "content": 0.4},
        ],
        recipes=[
            {"site": "C", "commodity": "metal"},
            {"site": "A", "commodity": "scrap"},
            {"site": "S", "commodity": "steel"},
            {"site": "Mill", "direction": "input", "commodity": "metal", "amount": 0.3},
            {"site": "Mill", "direction": "input", "commodity": "scrap", "amount": 0.2},
            {"site": "Mill", "direction": "input", "commodity": "steel", "amount": 0.5},
            {"site": "Mill", "commodity": "alloy"},
        ],
        lanes=[
            {"origin": "C", "destination": "Mill", "commodity": "metal"},
            {"origin": "A", "destination": "Mill", "commodity": "scrap"},
            {"origin": "S", "destination": "Mill", "commodity": "steel"},
            {"origin": "Mill", "destination": "Works", "commodity": "alloy"},
        ],
        demand=[{"buyer": "Works", "commodity": "alloy", "quantity": 10}],
    )
    cap = ShareCap(by="country", share=0.75, stage="make", material="Nd", look_through=True)
    found = trial(case, [cap])
    assert found.view is not None
    assert cap.measure(found.view) == pytest.approx(
        {"Nd at make from AUS in 2026": 0.25, "Nd at make from CHN in 2026": 0.75}
    )
    with pytest.raises(dv.InfeasibleError):
        dv.solve(case, cap.with_level(0.74))


def test_lots_choose_between_recipes_of_a_site() -> None:
    # 10 t of ore of each country; the good recipe yields 0.9, the plain one 0.5, at most 10 t of
    # ore each (their lanes), and both run at full. At best the good one gets the Australian ore:
    # 9 of 14 t.
    case = small_case(
        sites=[
            {"site": "C", "country": "CHN", "stage": "mine", "capacity": 10},
            {"site": "A", "country": "AUS", "stage": "mine", "capacity": 10},
            {"site": "Ref", "country": "MYS", "capacity": 20},
        ],
        commodities=[{"commodity": c, "material": "Nd"} for c in ("ore", "fine", "coarse")],
        recipes=[
            {"site": "C", "commodity": "ore"},
            {"site": "A", "commodity": "ore"},
            {"site": "Ref", "recipe": "good", "direction": "input", "commodity": "ore"},
            {"site": "Ref", "recipe": "good", "commodity": "fine", "amount": 0.9},
            {"site": "Ref", "recipe": "plain", "direction": "input", "commodity": "ore"},
            {"site": "Ref", "recipe": "plain", "commodity": "coarse", "amount": 0.5},
        ],
        lanes=[
            {"origin": "C", "destination": "Ref", "commodity": "ore"},
            {"origin": "A", "destination": "Ref", "commodity": "ore"},
            {"origin": "Ref", "destination": "Works", "commodity": "fine"},
            {"origin": "Ref", "destination": "Works", "commodity": "coarse"},
        ],
        demand=[
            {"buyer": "Works", "commodity": "fine", "quantity": 9},
            {"buyer": "Works", "commodity": "coarse", "quantity": 5},
        ],
    )
    floor = ShareFloor(by="country", names=["AUS"], share=9 / 14, stage="refine", look_through=True)
    found = trial(case, [floor])
    assert found.view is not None
    assert list(floor.measure(found.view).values()) == pytest.approx([9 / 14], abs=1e-7)
    with pytest.raises(dv.InfeasibleError):
        dv.solve(case, floor.with_level(9 / 14 + 1e-4))


def test_materials_of_one_ore_share_their_lots() -> None:
    network = build_network(tiny_case())
    assert alike(network, ["La", "Nd"]) == [("La", "Nd")]
    lots = find_lots(
        network, ("La", "Nd"), ["Ref E>Works:oxide"], {"CHN": ["Mine C", "Ref C"]}, touched=False
    )
    assert lots.states == {
        "Mine A>Ref E:ore": ((),),
        "Mine C>Ref C:ore": (("CHN",),),
        "Mine C>Ref E:ore": (("CHN",),),
        "Ref E>Works:oxide": ((), ("CHN",)),
    }


def test_an_exclusion_looks_through_any_refinery() -> None:
    # Oxide of Australian ore costs 13, of Chinese ore refined in Germany 11 a tonne.
    plain = Exclude(by="country", names=["CHN"], stage="refine")
    mined = plain.model_copy(update={"look_through": True, "name": "mined"})
    found = trial(tiny_case(), [mined]).view
    assert found is not None
    assert sum(v for (lane, _), v in found.booked.items() if lane.startswith("Mine C")) == 0
    assert trial(tiny_case(), [plain]).objective < trial(tiny_case(), [mined]).objective - 1


@pytest.mark.parametrize("by", ["site", "owner", "bloc"])
def test_lots_are_counted_by_any_group(by: str) -> None:
    names = {"site": "Mine C", "owner": "Mine C", "bloc": "BRICS"}
    cap = ShareCap(by=by, names=[names[by]], share=0.5, stage="refine", look_through=True)
    china = ShareCap(by="country", names=["CHN"], share=0.5, stage="refine", look_through=True)
    assert trial(tiny_case(), [cap]).objective == pytest.approx(
        trial(tiny_case(), [china]).objective, rel=1e-12
    )


def test_what_is_mined_at_home_is_spared_by_a_cap_on_foreigners() -> None:
    home = tiny_case()
    cap = ShareCap(by="country", share=0.5, stage="refine", look_through="touched",
                   foreign_only=True)  # fmt: skip
    groups = {row.group for row in cap.share_rows(build_network(home))}
    assert groups == {"AUS", "CHN"}


@pytest.mark.parametrize("method", ["extensive", "decomposed"])
def test_methods_agree_on_lots(method: Literal["extensive", "decomposed"]) -> None:
    cap = ShareCap(by="country", names=["CHN"], share=0.5, stage="refine", look_through=True)
    plan = dv.solve(tiny_case(), cap, method=method)
    # Half of 4 t by Mine A and Ref E at 13 instead of 8 USD a tonne, in calm years; the embargo
    # costs 2 t of shortage at 60 and 90 for the first and the second.
    calm = 2 * 13 + 2 * 8
    short = 0.8 * (2 * 13 + 1 * 60 + 1 * 90)
    strike = 2 * 8 + 0.5 * 2 * 13 + 60
    assert plan.point == "certified"
    expected = 0.85 * (calm + 0.8 * calm) + 0.05 * (calm + short) + 0.1 * (strike + 0.8 * calm)
    assert plan.objective == pytest.approx(expected, rel=1e-9)
