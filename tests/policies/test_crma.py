"""The EU's benchmarks for 2030, by hand."""

from __future__ import annotations

from typing import Any

import pytest

import diversify as dv
from diversify.case import Case
from diversify.formulation import build_network
from diversify.formulation.consumption import consumption
from diversify.testing import policy_rows, small_case, trial


def chain(recycler: bool = True, **settings: Any) -> Case:
    """100 t for Germany: mines and refineries in Chile and Germany, and a German recycler.

    Mining costs 1 USD/t in Chile, 3 in Germany; refining 1 and 2; recycling 9.
    """
    sites = [
        {"site": "Pit X", "country": "CHL", "stage": "mine", "cost": 1},
        {"site": "Pit E", "country": "DEU", "stage": "mine", "cost": 3},
        {"site": "Ref X", "country": "CHL", "stage": "refine", "cost": 1},
        {"site": "Ref E", "country": "DEU", "stage": "refine", "cost": 2},
    ]
    ends = [("Pit X", "Ref X"), ("Pit X", "Ref E"), ("Pit E", "Ref X"), ("Pit E", "Ref E")]
    lanes = [{"origin": a, "destination": b, "commodity": "ore"} for a, b in ends]
    last = ["Ref X", "Ref E"]
    if recycler:
        sites.append({"site": "Loop", "country": "DEU", "stage": "recycle", "cost": 9})
        last.append("Loop")
    lanes += [{"origin": s, "destination": "Works", "commodity": "metal"} for s in last]
    recipes = [{"site": "Pit X", "commodity": "ore"}, {"site": "Pit E", "commodity": "ore"}]
    for site in ("Ref X", "Ref E"):
        recipes += [
            {"site": site, "direction": "input", "commodity": "ore"},
            {"site": site, "commodity": "metal"},
        ]
    if recycler:
        recipes.append({"site": "Loop", "commodity": "metal"})
    return small_case(
        commodities=[
            {"commodity": "ore", "material": "Li"},
            {"commodity": "metal", "material": "Li"},
        ],
        sites=sites,
        recipes=recipes,
        lanes=lanes,
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 100}],
        **settings,
    )


def by_site(plan: dv.Plan) -> dict[str, float]:
    sums = plan.portfolio.groupby("site")["tonnes"].sum()
    return {str(site): float(tonnes) for site, tonnes in sums.items()}


def test_all_four_benchmarks_by_hand() -> None:
    plan = dv.solve(chain(), dv.Crma())
    # 25 t recycled, 40 t refined at home and 35 abroad, of 75 t of ore 10 from home and 65 from
    # Chile: with the 25 t recycled just 65 of 100 t.
    assert by_site(plan) == pytest.approx(
        {"Loop": 25, "Ref E": 40, "Ref X": 35, "Pit E": 10, "Pit X": 65}
    )
    assert plan.objective == pytest.approx(25 * 9 + 40 * 2 + 35 + 10 * 3 + 65)


def test_the_cap_on_one_third_country_binds_where_it_is_lower() -> None:
    plan = dv.solve(chain(), dv.Crma(third_country=0.3, recycling=0.2))
    # At most 30 t from Chile at each stage: 20 t recycled, so 50 t of each stage at home.
    assert by_site(plan) == pytest.approx(
        {"Loop": 20, "Ref E": 50, "Ref X": 30, "Pit E": 50, "Pit X": 30}
    )


@pytest.mark.parametrize("ambition", [0.0, 0.4, 1.0])
def test_floors_and_cap_move_with_the_ambition(ambition: float) -> None:
    plan = dv.solve(chain(), dv.Crma(ambition=ambition, recycling=0))
    # Nothing is recycled: from Chile at most 1 - 0.35 a of the ore, at least 40 a refined at home.
    found = by_site(plan)
    assert found.get("Pit E", 0) == pytest.approx(max(10, 35) * ambition, abs=1e-9)
    assert found.get("Ref E", 0) == pytest.approx(max(40, 35) * ambition, abs=1e-9)


def test_a_stage_that_is_not_at_home_is_explained() -> None:
    with pytest.raises(dv.InfeasibleError) as caught:
        dv.solve(chain(recycler=False), dv.Crma())
    assert caught.value.conflict is not None
    assert {item["policy"] for item in caught.value.conflict.records()} >= {"crma"}
    assert dv.solve(chain(recycler=False), dv.Crma(recycling=0)).status == "optimal"


def test_the_benchmarks_hold_in_each_year_from_2030_on() -> None:
    case = chain(start="2029-01", periods=3)
    spans = {row.split("]")[0].rsplit(",", 1)[1] for row in policy_rows(case, dv.Crma())}
    assert spans == {"2030", "2031"}
    before = chain(start="2027-01", periods=3)
    spans = {row.split("]")[0].rsplit(",", 1)[1] for row in policy_rows(before, dv.Crma())}
    assert spans == {"horizon"}


def cells(sodium: bool = False, home: float = 100.0, **settings: Any) -> Case:
    """50 cells of 0.2 t of cobalt each, refined in China (1 USD/t) or up to ``home`` t in Germany.

    With ``sodium`` a dearer plant makes cells of the kit alone.
    """
    plants = ["Plant", "Salt"] if sodium else ["Plant"]
    sites: list[dict[str, Any]] = [
        {"site": "Ref X", "country": "CHN", "stage": "refine", "cost": 1},
        {"site": "Ref E", "country": "DEU", "stage": "refine", "cost": 2, "capacity": home},
        {"site": "Kits", "country": "DEU", "stage": "make"},
        {"site": "Plant", "country": "DEU", "stage": "make"},
        {"site": "Salt", "country": "DEU", "stage": "make", "cost": 7},
    ]
    return small_case(
        commodities=[
            {"commodity": "metal", "material": "Co"},
            {"commodity": "kit", "material": "battery"},
            {"commodity": "cell", "material": "battery"},
        ],
        sites=sites[: 3 + len(plants)],
        recipes=[
            {"site": "Ref X", "commodity": "metal"},
            {"site": "Ref E", "commodity": "metal"},
            {"site": "Kits", "commodity": "kit"},
            {"site": "Plant", "direction": "input", "commodity": "metal", "amount": 0.2},
            *({"site": s, "direction": "input", "commodity": "kit"} for s in plants),
            *({"site": s, "commodity": "cell"} for s in plants),
        ],
        lanes=[
            {"origin": "Ref X", "destination": "Plant", "commodity": "metal"},
            {"origin": "Ref E", "destination": "Plant", "commodity": "metal"},
            *({"origin": "Kits", "destination": s, "commodity": "kit"} for s in plants),
            *({"origin": s, "destination": "Works", "commodity": "cell"} for s in plants),
        ],
        demand=[{"buyer": "Works", "commodity": "cell", "quantity": 50}],
        **settings,
    )


SHORT = {"buyer": "Works", "commodity": "cell", "cost": 5}
REFINED = dv.Crma(extraction=0, recycling=0)


def test_what_is_used_up_in_making_is_consumption_too() -> None:
    # 10 t of cobalt, 40 % of it refined at home; the cells are no raw material.
    assert by_site(dv.solve(cells(), REFINED)) == pytest.approx(
        {"Ref E": 4, "Ref X": 6, "Kits": 50, "Plant": 50}
    )


def test_going_without_lowers_no_consumption() -> None:
    # At home 1 t can be refined, 40 % of 2.5 t; the other cells would need 7.5 t.
    with pytest.raises(dv.InfeasibleError):
        dv.solve(cells(home=1, shortages=[SHORT]), REFINED)


def test_making_it_of_something_else_does() -> None:
    # A cell of salt costs 7, going without 5; only the former lowers consumption to 2.5 t.
    case = cells(home=1, sodium=True, shortages=[SHORT])
    found = by_site(dv.solve(case, REFINED))
    assert found["Salt"] == pytest.approx(37.5)
    assert found["Ref E"] == pytest.approx(1)


def test_the_measure_counts_what_the_plan_leaves_short() -> None:
    # Without a rule all is refined in China, or left short where that is cheaper.
    dear = cells(shortages=[{**SHORT, "cost": 0.1}])
    for case, short in ((cells(), 0.0), (dear, 50.0)):
        view = trial(case, []).view
        assert view is not None
        assert view.planned_shortage["Works", "cell", 0] == pytest.approx(short)
        measured = REFINED.measure(view)
        assert measured["processing of Co at home in horizon"] == pytest.approx(0, abs=1e-9)
    view = trial(dear, []).view
    assert view is not None
    whole = consumption(build_network(dear), "Co", ("Works",), [0])
    assert not isinstance(whole, float)
    assert whole.value(view, [0]) == pytest.approx(10)


def test_the_benchmarks_of_one_buyer_are_counted_on_its_own_demand() -> None:
    both = small_case(
        buyers=[{"buyer": "EU", "country": "DEU"}, {"buyer": "JP", "country": "JPN"}],
        sites=[
            {"site": "X", "country": "CHN", "cost": 1},
            {"site": "E", "country": "DEU", "cost": 2},
        ],
        lanes=[
            {"origin": s, "destination": b, "commodity": "metal"}
            for s in "XE"
            for b in ("EU", "JP")
        ],
        demand=[
            {"buyer": "EU", "commodity": "metal", "quantity": 10},
            {"buyer": "JP", "commodity": "metal", "quantity": 90},
        ],
    )
    policy = dv.Crma(buyer="EU", extraction=0, recycling=0, third_country=1)
    assert by_site(dv.solve(both, policy)) == pytest.approx({"E": 4, "X": 96})


def test_a_share_above_one_is_refused_with_the_fraction_that_was_meant() -> None:
    with pytest.raises(ValueError, match=r"did you mean 0\.4\?"):
        dv.Crma(processing=40)
    with pytest.raises(ValueError, match=r"did you mean 0\.5\?"):
        dv.Crma(ambition=50)


def test_benchmarks_that_are_all_left_out_match_nothing() -> None:
    policy = dv.Crma(extraction=0, processing=0, recycling=0, third_country=1)
    with pytest.raises(dv.InputError, match="sets no benchmark"):
        dv.solve(chain(), policy)
    assert policy.sentence().startswith("No benchmark is set")


def test_the_sentence_says_what_is_asked_for() -> None:
    assert dv.Crma(recycling=0, material="Li", period="year", buyer="EU27").sentence() == (
        "At least 10 % of consumption is mined, 40 % processed at home, and no third country has "
        "more than 65 % of any stage, of Li, for EU27, in each year."
    )
    assert dv.Crma(extraction=0, processing=0, recycling=0, period="2030").sentence() == (
        "No third country has more than 65 % of any stage, in 2030."
    )
