"""Figures of a plan: shares, costs, prices and risk, against what they have to be."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

import diversify as dv
from diversify.result.risks import interval
from diversify.solver import extensive_method
from diversify.solver.answer import Answer
from diversify.testing import small_case, tiny_case
from tests.rows import bought, outage

SHORT = 50.0


def one_supplier(rate: float) -> dv.Case:
    """A tonne a year from one site that stops for the whole year, or not at all."""
    return small_case(
        sites=[{"site": "A", "cost": 10}], hazards=[outage("A", rate)], **bought(SHORT, "A")
    )


def truths(rate: float) -> dict[tuple[str, str], float]:
    """The plan can only book the tonne: it is short with p = 1 - exp(-rate), and pays 50 then."""
    p = 1 - math.exp(-rate)
    tail = min(1.0, p / 0.05)
    return {
        ("shortage: metal", "expectation"): p,
        ("shortage: metal", "cvar"): tail,
        ("cost", "expectation"): 10 + (SHORT - 10) * p,
        ("cost", "cvar"): 10 + (SHORT - 10) * tail,
    }


@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_out_of_sample_intervals_hold_the_truth_as_often_as_they_should(rate: float) -> None:
    plans = [
        dv.solve(one_supplier(rate), scenarios=20, seed=10 * seed, out_of_sample=1000)
        for seed in range(15)
    ]
    for (budget, name), truth in truths(rate).items():
        held = 0
        for plan in plans:
            row = plan.risk.set_index(["budget", "measure"]).loc[(budget, name)]
            assert row["low"] <= row["out_of_sample"] <= row["high"]
            held += row["low"] - 1e-9 <= truth <= row["high"] + 1e-9
        # A 95 % interval fails this once in 100,000 such tests, whatever the seed.
        assert held >= binom.ppf(1e-5, len(plans), 0.95)


def test_a_few_scenarios_are_not_the_truth_and_the_interval_says_so() -> None:
    # R9: in the sample nothing may have happened, while the fresh figures know better.
    plan = dv.solve(one_supplier(0.02), scenarios=5, seed=3, out_of_sample=1000)
    row = plan.risk.set_index(["budget", "measure"]).loc[("shortage: metal", "expectation")]
    assert row["value"] == 0.0
    assert row["low"] > 0.0
    assert plan.record.out_of_sample == 1000


def test_listed_scenarios_are_the_truth_and_need_no_other() -> None:
    plan = dv.solve(tiny_case())
    assert plan.risk[["out_of_sample", "low", "high"]].isna().all(axis=None)
    assert plan.record.out_of_sample == 0


def test_the_interval_of_a_mean_is_the_normal_one() -> None:
    losses = np.array([0.0, 1.0, 2.0, 3.0])
    # The standard deviation is sqrt(5/3) and the root of n is 2.
    half = 1.959964 * math.sqrt(5 / 3) / 2
    assert interval("expectation", losses, 0.0) == pytest.approx(
        (1.5, 1.5 - half, 1.5 + half), rel=1e-6
    )


def test_the_interval_of_the_worst_case_is_open_above() -> None:
    assert interval("worst", np.array([0.0, 3.0, 1.0]), 1.0) == (3.0, 3.0, math.inf)


def test_the_interval_of_a_cvar_uses_the_excess_over_the_quantile() -> None:
    losses = np.arange(100.0)
    # The worst tenth are 90 to 99; the quantile is 89, so the excess is 1 to 10 and else 0.
    excess = np.r_[np.zeros(90), np.arange(1.0, 11.0)]
    half = 1.959964 * excess.std(ddof=1) / 0.1 / 10
    assert interval("cvar", losses, 0.9) == pytest.approx(
        (94.5, 94.5 - half, 94.5 + half), rel=1e-6
    )


@pytest.mark.parametrize(
    "policies",
    [(), (dv.ShareCap(by="country", share=0.6, stage="refine"), dv.StockFloor(days=20))],
)
def test_shares_of_sites_owners_and_countries_add_up_to_one(
    policies: tuple[dv.ShareCap, ...],
) -> None:
    plan = dv.solve(tiny_case(), *policies)
    frame = plan.shares()
    sums = frame[frame["by"] != "bloc"].groupby(["material", "stage", "by"])["share"].sum()
    assert len(sums) >= 9
    assert sums.to_numpy() == pytest.approx(1.0, abs=1e-12)
    # And they are what the portfolio says, Nd being 0.75 of the ore.
    booked = plan.portfolio[plan.portfolio["commodity"] == "ore"].groupby("country")["tonnes"].sum()
    mined = frame[
        (frame["stage"] == "mine") & (frame["by"] == "country") & (frame["material"] == "Nd")
    ].set_index("name")
    assert mined["tonnes"].to_dict() == pytest.approx((0.75 * booked).to_dict())
    assert mined["share"].to_dict() == pytest.approx((booked / booked.sum()).to_dict())


def test_shares_of_a_bloc_are_those_of_its_countries() -> None:
    plan = dv.solve(tiny_case(), dv.ShareCap(by="country", share=0.6, stage="refine"))
    frame = plan.shares()
    refined = frame[frame["stage"] == "refine"].set_index(["by", "name"])["share"]
    assert refined["bloc", "EU27"] == pytest.approx(refined["country", "DEU"])


def test_a_share_is_shown_beside_its_tightest_cap() -> None:
    caps = [
        dv.ShareCap(by="country", share=0.6, stage="refine"),
        dv.ShareCap(by="country", names=["CHN"], share=0.5, stage="refine"),
    ]
    frame = dv.solve(tiny_case(), *caps).shares("country")
    refined = frame[frame["stage"] == "refine"].set_index("name")["cap"]
    assert refined.to_dict() == {"CHN": 0.5, "DEU": 0.6}
    assert frame[frame["stage"] == "mine"]["cap"].isna().all()


def test_costs_by_kind_add_up_to_the_objective() -> None:
    plan = dv.solve(tiny_case(), dv.StockFloor(days=100))
    costs = plan.costs.set_index("kind")["usd"]
    assert costs["total"] == pytest.approx(plan.objective, rel=1e-12)
    assert costs.drop("total").sum() == pytest.approx(plan.objective, rel=1e-12)
    # 100 days of 4 t a year at 20, bought before the first period.
    assert costs["stock_purchase"] == pytest.approx(20 * 400 / 365, rel=1e-12)


def test_stocks_are_in_tonnes_and_days_of_demand() -> None:
    stock = dv.solve(tiny_case(), dv.StockFloor(days=100)).stocks.iloc[0]
    assert stock["days"] == pytest.approx(100, rel=1e-9)
    assert stock["tonnes"] == pytest.approx(400 / 365, rel=1e-9)
    assert stock["bought"] == pytest.approx(400 / 365, rel=1e-9)


def test_the_price_of_a_policy_is_the_sum_of_its_rows() -> None:
    plan = dv.solve(tiny_case(), dv.ShareCap(by="country", share=0.6, stage="refine"))
    frame = plan.prices
    whole = frame[frame["row"] == "all"]["price"].sum()
    assert frame[frame["row"] != "all"]["price"].sum() == pytest.approx(whole, rel=1e-12)
    # By hand: the last tonne from China is replaced by one from Ref E. In the first year ore from
    # Mine C costs 2 * 5 + 1 = 11 there and 8 by Ref C: 3 a tonne; 4 t are at stake. In the second
    # Ref E takes ore of Mine A, 0.8 * 13 = 10.4, for China's 0.95 * 6.4 + 0.05 * 72 = 9.68.
    assert whole == pytest.approx(-4 * (3 + 0.72), rel=1e-9)


@pytest.mark.parametrize("quantity", [3.0, 9.0, 13.0])
def test_a_marginal_cost_is_what_a_little_more_demand_costs(quantity: float) -> None:
    def case(more: float) -> dv.Case:
        return small_case(
            sites=[
                {"site": "A", "cost": 1, "capacity": 5},
                {"site": "B", "cost": 4, "capacity": 6},
            ],
            lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in "AB"],
            demand=[{"buyer": "Works", "commodity": "metal", "quantity": quantity + more}],
            shortages=[{"buyer": "Works", "commodity": "metal", "cost": 30}],
        )

    plan = dv.solve(case(0.0))
    step = 1e-3
    slope = (dv.solve(case(step)).objective - plan.objective) / step
    assert plan.marginal_costs["usd_per_tonne"].item() == pytest.approx(slope, rel=1e-6)


def test_the_marginal_cost_of_a_shortage_is_shared_by_the_tiers_in_use() -> None:
    # 5 of 10 t are short: 3 in the first tier, 2 in the second. One more tonne of demand makes
    # room for 0.3 t in the first, so it costs 0.3 * 20 + 0.7 * 50.
    case = small_case(
        sites=[{"site": "A", "cost": 1, "capacity": 5}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        shortages=[
            {"buyer": "Works", "commodity": "metal", "tier": 1, "share": 0.3, "cost": 20},
            {"buyer": "Works", "commodity": "metal", "tier": 2, "share": 0.7, "cost": 50},
        ],
    )
    plan = dv.solve(case)
    assert plan.marginal_costs["usd_per_tonne"].item() == pytest.approx(41)
    assert plan.objective == pytest.approx(5 * 1 + 3 * 20 + 2 * 50)


def test_digests_follow_what_decides_the_plan_and_nothing_else() -> None:
    case = tiny_case()
    cap = dv.ShareCap(by="country", share=0.6, stage="refine")
    one = dv.solve(case, cap).record.digests
    assert dv.solve(tiny_case(), cap).record.digests == one
    tables = {name: case.raw(name).iloc[::-1].reset_index(drop=True) for name in case.tables}
    assert dv.solve(dv.Case.from_frames(case.settings, tables), cap).record.digests == one
    other = dv.solve(case, cap.with_level(0.7)).record.digests
    assert {key for key in one if one[key] != other[key]} == {"policies"}
    tables["sites"].loc[0, "cost"] += 0.001
    other = dv.solve(dv.Case.from_frames(case.settings, tables), cap).record.digests
    assert {key for key in one if one[key] != other[key]} == {"case"}


def test_a_plan_records_what_it_was_made_of() -> None:
    record = dv.solve(one_supplier(0.3), scenarios=20, seed=4, out_of_sample=10).record
    assert (record.status, record.point, record.seed) == ("optimal", "certified", 4)
    assert record.scenarios == 20
    # Up or down: two scenarios that differ.
    assert record.distinct_scenarios == 2
    assert {"highs", "numpy", "pandas", "pyomo", "diversify"} <= set(record.versions)
    assert record.certificate is not None
    assert record.certificate.ok
    assert record.bound == pytest.approx(record.objective, rel=1e-6)
    assert set(record.digests) == {"case", "scenarios", "policies"}


def test_a_stopped_solve_has_a_feasible_point_and_no_certificate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A solver that stops at its limit with the optimal point in hand has not proven it (R4).
    real = extensive_method.run
    monkeypatch.setattr(
        extensive_method, "run", lambda *a, **k: replace(real(*a, **k), status="stopped")
    )
    plan = dv.solve(tiny_case(), method="extensive")
    assert (plan.status, plan.point, plan.certificate) == ("stopped", "feasible", None)
    assert plan.objective == pytest.approx(69.52)


def test_a_stopped_solve_without_a_point_returns_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Answer("stopped", None, None, -math.inf)
    monkeypatch.setattr(extensive_method, "run", lambda *a, **k: nothing)
    with pytest.raises(dv.StoppedError, match="before a plan was found"):
        dv.solve(tiny_case(), method="extensive")
