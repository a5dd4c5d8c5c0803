"""Trade measures on small chains: every number is worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import diversify as dv
from diversify.compile.compiler import compile_build
from diversify.formulation import build_network, start_build
from diversify.formulation.trade import trade_limits
from diversify.testing import small_case, tiny_case

NEAR, FAR = "A>Works:metal", "B>Works:metal"


def two_sites(
    *, lanes: dict[str, Any] | None = None, capacity: float = 10, **settings: Any
) -> dv.Case:
    """China delivers at 10 USD/t and Australia at 14; 6 t a year are needed; a tonne is worth 20.

    The year has 365 days and there is no discounting.
    """
    given = {"flex": 0.0, **(lanes or {})}
    return small_case(
        commodities=[{"commodity": "metal", "material": "metal", "price": 20}],
        sites=[
            {"site": "A", "country": "CHN", "cost": 10, "capacity": capacity},
            {"site": "B", "country": "AUS", "cost": 14, "capacity": capacity},
        ],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal", **given} for s in "AB"],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 6}],
        **{"start": "2027-01", **settings},
    )


def under(case: dv.Case, *rows: dict[str, Any]) -> dv.Case:
    """The case with trade measures, in force from 2027 on where nothing else is said."""
    whole = [{"measure": f"m{i}", "since": "2027", **row} for i, row in enumerate(rows)]
    return case.with_table("measures", pd.DataFrame(whole))


def booked(plan: dv.Plan) -> dict[tuple[str, str], float]:
    rows = plan.portfolio
    return {
        (lane, t): pytest.approx(x)
        for lane, t, x in zip(rows["lane"], rows["period"], rows["tonnes"], strict=True)
    }


def cost_of(plan: dv.Plan, kind: str) -> float:
    costs = plan.costs.set_index("kind")["usd"]
    return float(costs[kind]) if kind in costs else 0.0


def tariff(share: float, **cells: Any) -> dict[str, Any]:
    return {"kind": "tariff", "origin": "CHN", "destination": "DEU", "tariff": share, **cells}


@pytest.mark.parametrize(
    ("share", "lane", "cost", "duty"),
    # 10 % of 20 USD leaves China cheaper (12 < 14), 30 % does not (16 > 14).
    [(0.1, NEAR, 72.0, 12.0), (0.3, FAR, 84.0, 0.0)],
)
def test_a_tariff_is_paid_or_avoided(share: float, lane: str, cost: float, duty: float) -> None:
    plan = dv.solve(under(two_sites(), tariff(share)))
    assert plan.objective == pytest.approx(cost)
    assert cost_of(plan, "tariff") == pytest.approx(duty)
    assert booked(plan) == {(lane, "2027"): 6}


def test_tariffs_add_up_with_each_other_and_with_that_of_the_lane() -> None:
    case = two_sites(lanes={"tariff": 0.05})
    plan = dv.solve(under(case, tariff(0.02), tariff(0.03, destination="")))
    # China: 10 + (5 % + 2 % + 3 %) of 20 = 12; Australia: 14 + 1.
    assert plan.objective == pytest.approx(72)


def test_a_tariff_is_paid_for_the_part_of_a_period_in_which_it_is_in_force() -> None:
    case = two_sites(periods=2, discount_rate=0.25)
    plan = dv.solve(under(case, tariff(0.1, since="2027-07-02", until="2028-02-05")))
    # 183 of 365 days of 2027, 36 of 366 of 2028; the second year counts 1 / 1.25.
    duty = 6 * 2 * (183 / 365 + 36 / 366 / 1.25)
    assert cost_of(plan, "tariff") == pytest.approx(duty)
    assert plan.objective == pytest.approx(60 * (1 + 1 / 1.25) + duty)


def test_spending_counts_tariffs_and_price_floors() -> None:
    floor = {"kind": "price_floor", "origin": "CHN", "price": 21, "price_unit": "USD/t"}
    case = under(two_sites(), tariff(0.05), floor)
    # 10 + 1 of tariff + 1 above the reference price, on 6 t.
    plan = dv.solve(case, dv.SpendCap(limit=72.0))
    assert plan.objective == pytest.approx(72)
    with pytest.raises(dv.InfeasibleError):
        dv.solve(case, dv.SpendCap(limit=71.9))


def test_a_price_floor_costs_the_difference_to_the_reference_price() -> None:
    def floor(price: float, **cells: Any) -> dict[str, Any]:
        given = {"origin": "CHN", "price": price, "price_unit": "USD/t"}
        return {"kind": "price_floor", **given, **cells}

    plan = dv.solve(under(two_sites(), floor(23), floor(21, destination="DEU")))
    # The higher of two floors: 3 USD above the price of 20.
    assert cost_of(plan, "price_floor") == pytest.approx(18)
    assert plan.objective == pytest.approx(78)
    assert booked(dv.solve(under(two_sites(), floor(25)))) == {(FAR, "2027"): 6}
    below = dv.solve(under(two_sites(), floor(19)))
    assert below.objective == pytest.approx(60)
    assert "price_floor" not in set(below.costs["kind"])


QUOTAS = {
    "import": {"kind": "import_quota", "destination": "DEU", "origin": "CHN"},
    "export": {"kind": "export_quota", "origin": "CHN"},
}


@pytest.mark.parametrize("kind", QUOTAS)
def test_a_quota_has_the_price_of_the_next_source(kind: str) -> None:
    quota = {**QUOTAS[kind], "quantity": 2, "unit": "t", "per": "year"}
    plan = dv.solve(under(two_sites(), quota))
    assert booked(plan) == {(NEAR, "2027"): 2, (FAR, "2027"): 4}
    assert plan.objective == pytest.approx(2 * 10 + 4 * 14)
    prices = plan.prices
    assert prices["policy"].tolist() == ["measure m0", "measure m0"]
    assert prices["row"].tolist() == ["all", "2027"]
    # One more tonne saves 14 - 10.
    assert prices["price"].tolist() == pytest.approx([-4, -4])
    assert set(prices["unit"]) == {"USD per t"}


def test_a_saved_plan_keeps_measures_and_their_prices(tmp_path: Path) -> None:
    quota = {**QUOTAS["export"], "quantity": 2, "unit": "t", "per": "year"}
    plan = dv.solve(under(two_sites(), quota))
    back = dv.read_plan(plan.save(tmp_path / "plan"))
    assert back == plan
    assert back.case.table("measures").equals(plan.case.table("measures"))


def test_prices_of_a_quota_are_in_present_value_and_zero_where_it_does_not_bind() -> None:
    case = two_sites(periods=2, discount_rate=0.25)
    tight = {**QUOTAS["export"], "quantity": 2, "unit": "t", "per": "year", "since": "2028"}
    loose = {**QUOTAS["import"], "quantity": 7, "unit": "t", "per": "year"}
    plan = dv.solve(under(case, tight, loose), dv.SpendCap(limit=1000))
    found = plan.prices.set_index(["policy", "row"])["price"]
    assert found["measure m0", "2028"] == pytest.approx(-4 / 1.25)
    assert found["measure m0", "all"] == pytest.approx(-4 / 1.25)
    assert found["measure m1", "all"] == 0
    assert ("measure m1", "2027") not in found.index
    assert ("spend_cap", "all") in found.index


def test_a_quota_limits_all_lanes_together() -> None:
    quota = {"kind": "import_quota", "destination": "DEU", "quantity": 5, "unit": "t",
             "per": "year"}  # fmt: skip
    case = under(two_sites(), quota)
    with pytest.raises(dv.InfeasibleError):
        dv.solve(case)
    wide = under(two_sites(), {**quota, "quantity": 6})
    assert dv.solve(wide).objective == pytest.approx(60)


def test_a_quota_that_covers_part_of_a_period_leaves_the_rest_of_it_free() -> None:
    quota = {"kind": "export_ban", "origin": "CHN", "until": "2027-04-15"}
    case = under(two_sites(), quota)
    # In force for 105 of 365 days; else the site's 10 t a year can leave.
    most = 10 * 260 / 365
    assert trade_limits(build_network(case)) == {("m0", 0): pytest.approx(most)}
    assert dv.solve(case).objective == pytest.approx(60)
    long = under(two_sites(), {**quota, "until": "2027-09-30"})
    china = 10 * 92 / 365
    assert booked(dv.solve(long)) == {(NEAR, "2027"): china, (FAR, "2027"): 6 - china}
    unlimited = under(two_sites(capacity=float("inf")), quota)
    assert trade_limits(build_network(unlimited)) == {}
    assert dv.solve(unlimited).objective == pytest.approx(60)


def test_a_delay_of_licences_stops_deliveries_for_its_months() -> None:
    case = two_sites(periods=4, period="quarter")
    delay = {"kind": "licence_delay", "origin": "CHN", "months": 6, "since": "2027-04-01"}
    plan = dv.solve(under(case, delay))
    assert booked(plan) == {
        (NEAR, "2027-Q1"): 6, (FAR, "2027-Q2"): 6, (FAR, "2027-Q3"): 6, (NEAR, "2027-Q4"): 6
    }  # fmt: skip


def test_a_ban_of_ore_moves_refining_into_the_country() -> None:
    def chain(*measures: dict[str, Any]) -> dict[tuple[str, str], float]:
        salt = [{"site": s, "direction": "input", "commodity": "ore"} for s in ("Home", "Away")]
        case = small_case(
            commodities=[{"commodity": c, "material": "nickel"} for c in ("ore", "salt")],
            sites=[
                {"site": "Mine", "country": "IDN", "stage": "mine", "cost": 1, "capacity": 10},
                {"site": "Home", "country": "IDN", "cost": 5, "capacity": 10},
                {"site": "Away", "country": "JPN", "cost": 3, "capacity": 10},
            ],
            recipes=[
                {"site": "Mine", "commodity": "ore"},
                *salt,
                *({"site": s, "commodity": "salt"} for s in ("Home", "Away")),
            ],
            lanes=[
                {"origin": "Mine", "destination": "Home", "commodity": "ore"},
                {"origin": "Mine", "destination": "Away", "commodity": "ore"},
                {"origin": "Home", "destination": "Works", "commodity": "salt"},
                {"origin": "Away", "destination": "Works", "commodity": "salt"},
            ],
            demand=[{"buyer": "Works", "commodity": "salt", "quantity": 4}],
        )
        return booked(dv.solve(under(case, *measures) if measures else case))

    assert chain() == {("Mine>Away:ore", "2026"): 4, ("Away>Works:salt", "2026"): 4}
    ban = {"kind": "export_ban", "origin": "IDN", "stage": "mine", "since": "2020"}
    assert chain(ban) == {("Mine>Home:ore", "2026"): 4, ("Home>Works:salt", "2026"): 4}
    with pytest.raises(dv.InfeasibleError):
        chain({**ban, "stage": ""})


def hoarding() -> dv.Case:
    """China may fail for a year; Australia's contract may then be stretched to twice its volume."""
    case = two_sites(lanes={"flex": 1.0, "spot_limit": 2.0, "spot_premium": 0.5})
    given = {name: case.raw(name) for name in case.tables}
    given["hazards"] = pd.DataFrame(
        [{"hazard": "stop", "kind": "outage", "by": "country", "name": "CHN"}]
    )
    given["scenarios"] = pd.DataFrame(
        [
            {"scenario": label, "probability": 0.5, "hazard": "stop", "period": 1, "value": value}
            for label, value in (("calm", 1.0), ("stop", 0.0))
        ]
    )
    given["demand"]["firm"] = False
    given["shortages"] = pd.DataFrame(
        [{"buyer": "Works", "commodity": "metal", "tier": 1, "share": 1.0, "cost": 100,
          "cost_unit": "USD/t"}]
    )  # fmt: skip
    return dv.Case.from_frames(case.settings, given)


def test_a_quota_holds_in_every_scenario_beyond_what_was_booked() -> None:
    quota = {"kind": "import_quota", "origin": "AUS", "destination": "DEU", "quantity": 3,
             "unit": "t", "per": "year"}  # fmt: skip
    free, tied = dv.solve(hoarding()), dv.solve(under(hoarding(), quota))
    # Free: 3 t are booked in Australia, flex doubles them.
    assert dv.evaluate(free).outcomes["shortage metal"].max() == pytest.approx(0)
    # Tied: China is gone and 3 of 6 t come in; short by half, whatever flex and spot allow.
    assert dv.evaluate(tied).outcomes["shortage metal"].max() == pytest.approx(0.5)
    # A tonne more of quota saves half of a tonne short (100), less what it costs: a difference.
    price = tied.prices.set_index(["policy", "row"])["price"]["measure m0", "all"]
    more = dv.solve(under(hoarding(), {**quota, "quantity": 3.001}))
    assert price == pytest.approx((more.objective - tied.objective) / 0.001, rel=1e-6)
    assert price < -20
    other = dv.solve(under(hoarding(), quota), method="decomposed")
    assert other.objective == pytest.approx(tied.objective, rel=1e-6)


def test_both_methods_agree_under_measures() -> None:
    quota = {"measure": "quota", "kind": "export_quota", "origin": "CHN", "quantity": 6,
             "unit": "t", "per": "year", "since": "2026-07-01"}  # fmt: skip
    duty = {"measure": "duty", "kind": "tariff", "origin": "CHN", "tariff": 0.1, "since": "2027"}
    case = tiny_case().with_table("measures", pd.DataFrame([quota, duty]))
    one, other = (dv.solve(case, method=method) for method in ("extensive", "decomposed"))
    assert one.objective == pytest.approx(other.objective, rel=1e-6)
    assert one.objective > dv.solve(tiny_case()).objective + 1
    first, second = (p.prices.set_index(["policy", "row"])["price"] for p in (one, other))
    assert first["measure quota", "all"] == pytest.approx(second["measure quota", "all"], abs=1e-5)


def test_a_case_without_limits_compiles_to_the_same_rows() -> None:
    def blocks(case: dv.Case) -> Any:
        return compile_build(start_build(build_network(case)))

    free, taxed = blocks(tiny_case()), blocks(under(tiny_case(), tariff(0.1, destination="")))
    assert not any(".trade" in row for row in free.rows)
    assert taxed.rows == free.rows
    assert taxed.columns == free.columns
    assert np.array_equal(taxed.right.base, free.right.base)
    assert np.array_equal(taxed.entries.base, free.entries.base)
    # Ore and oxide that leave China in 2027, the second year.
    assert (taxed.cost.base != free.cost.base).sum() == 2
    assert taxed.forms.keys() == free.forms.keys()


def quarters(*rows: dict[str, Any]) -> dict[tuple[str, int], float]:
    """What passes in each quarter of 2027 (90, 91, 92, 92 days), of 10 t that China can deliver."""
    case = under(two_sites(periods=4, period="quarter"), *rows)
    return {(name, t): pytest.approx(x) for (name, t), x in
            trade_limits(build_network(case)).items()}  # fmt: skip


@pytest.mark.parametrize("per", ["year", "quarter", "period", "month"])
def test_a_quota_of_any_period_is_prorated_where_it_begins_and_ends(per: str) -> None:
    # 2 t a quarter, however it is said; from 15 February (45 of 90 days) to 15 August (46 of 92).
    quantity = {"year": 8, "quarter": 2, "period": 2, "month": 2 / 3}[per]
    quota = {**QUOTAS["export"], "quantity": quantity, "unit": "t", "per": per,
             "since": "2027-02-15", "until": "2027-08-15"}  # fmt: skip
    half = (2 + 10) / 2
    assert quarters(quota) == {("m0", 0): half, ("m0", 1): 2, ("m0", 2): half}


def test_a_quota_that_follows_a_ban_in_mid_period_does_not_leave_the_ban_open() -> None:
    ban = {"kind": "export_ban", "origin": "CHN", "until": "2027-08-15"}
    quota = {**QUOTAS["export"], "quantity": 8, "unit": "t", "per": "year", "since": "2027-08-16"}
    # 46 of 92 days of the third quarter under each: nothing, then half of 2 t.
    assert quarters(ban, quota) == {
        ("m0", 0): 0, ("m0", 1): 0, ("m0", 2): 1, ("m1", 2): 1, ("m1", 3): 2
    }  # fmt: skip
    # A day between them is a day of 10 t a quarter.
    late = {**quota, "since": "2027-08-17"}
    between = (10 + 45 * 2) / 92
    assert quarters(ban, late)["m1", 2] == between
    # The quota of one buyer's lane does not limit what leaves for all.
    narrow = {**quota, "since": "2027-04", "origin": "AUS"}
    assert quarters(ban, {**narrow, "since": "2027-04-01"})["m0", 2] == (46 * 0 + 46 * 10) / 92


def test_a_quota_of_a_whole_period_may_be_used_up_after_a_ban() -> None:
    ban = {"kind": "export_ban", "origin": "CHN", "until": "2027-02-14"}
    quota = {**QUOTAS["export"], "quantity": 8, "unit": "t", "per": "year"}
    # The 2 t of the quarter can all leave in its second half.
    assert quarters(ban, quota)["m1", 0] == 2
    assert quarters(ban, {**quota, "quantity": 400})["m1", 0] == 5
