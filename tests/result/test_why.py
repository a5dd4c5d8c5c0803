"""Why each supplier is used or not: every number is the difference of two solved costs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

import diversify as dv
from diversify.cli import main
from diversify.compile.compiler import compile_build
from diversify.errors import UnboundedError
from diversify.jobs import job_scenarios, prepare
from diversify.solver.data import scenario_data
from diversify.solver.extensive_method import solve_extensive
from diversify.testing import small_case

HAZARDS: dict[str, Any] = {
    "hazards": [{"hazard": "stop", "by": "site", "name": "A"}],
    "scenarios": {
        "calm": (0.97, {}),
        "stop": (0.02, {"stop": [0]}),
        "half": (0.01, {"stop": [0.5]}),
    },
}


def case(more: str = "", cheaper: float = 0.0, **fields: Any) -> dv.Case:
    """10 t from A, B, C or the dearer D; one tonne more of capacity, or D cheaper."""
    sites = [
        {"site": "A", "country": "CHN", "cost": 1, "capacity": 5},
        {"site": "B", "country": "AUS", "cost": 2, "capacity": 4},
        {"site": "C", "country": "BRA", "cost": 5},
        {"site": "D", "country": "ZAF", "cost": 9 - cheaper},
    ]
    for site in sites:
        site["capacity"] = site.get("capacity", 20) + (0.01 if site["site"] == more else 0)  # type: ignore[operator]
    return small_case(
        sites=sites,
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in "ABCD"],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 10}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 50}],
        **fields,
    )


def row(plan: dv.Plan, site: str) -> dict[str, Any]:
    frame = plan.suppliers
    return dict(frame[frame["site"] == site].iloc[0])


@pytest.mark.parametrize("method", ["extensive", "decomposed"])
@pytest.mark.parametrize("fields", [{}, HAZARDS])
def test_one_more_tonne_of_capacity_saves_what_is_said(fields: Any, method: Any) -> None:
    plan = dv.solve(case(**fields), method=method)
    for site in "AB":
        found = row(plan, site)
        saved = (plan.objective - dv.solve(case(more=site, **fields)).objective) / 0.01
        assert found["more"] == pytest.approx(saved, rel=1e-4, abs=1e-4)
    assert row(plan, "B")["status"] == "at capacity"
    if fields:
        return
    # B at 2 USD replaces C at 5 USD.
    assert row(plan, "B")["sentence"] == (
        "B is at capacity; one more tonne there would save 3 USD."
    )


@pytest.mark.parametrize("method", ["extensive", "decomposed"])
@pytest.mark.parametrize("fields", [{}, HAZARDS])
def test_what_is_not_used_is_not_used_until_it_is_so_much_cheaper(fields: Any, method: Any) -> None:
    found = row(dv.solve(case(**fields), method=method), "D")
    assert found["tonnes"] == 0
    # D costs 4 USD more than C. With one scenario the number is exact, else a lower bound.
    assert found["cheaper"] == pytest.approx(4.0) if not fields else 0 < found["cheaper"] <= 4.0
    assert ("at least" in found["sentence"]) == bool(fields)
    assert row(dv.solve(case(cheaper=3.99, **fields)), "D")["tonnes"] == pytest.approx(0, abs=1e-6)
    assert row(dv.solve(case(cheaper=4.01, **fields)), "D")["tonnes"] > 0.5


def test_a_rule_that_holds_a_supplier_down_is_named_with_its_charge() -> None:
    cap = dv.ShareCap(by="country", names=["AUS"], share=0.2, name="little from there")
    plan = dv.solve(case(), cap)
    found = row(plan, "B")
    # The next tonne would be 3 USD cheaper than C.
    assert (found["status"], found["limits"]) == ("held down", "little from there")
    assert found["charge"] == pytest.approx(3.0)
    assert "rule 'little from there' holds it down and charges 3 USD a tonne" in found["sentence"]


def test_a_supplier_that_a_rule_shuts_out_is_named_with_the_rule() -> None:
    out = dv.Exclude(by="site", names=["B"], name="not B")
    found = row(dv.solve(case(), out), "B")
    assert found["tonnes"] == 0
    assert found["limits"] == "not B"
    assert "'not B'" in found["sentence"]


def test_the_saved_plan_says_the_same(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    plan = dv.solve(case(**HAZARDS))
    folder = plan.save(tmp_path / "plan")
    assert dv.read_plan(folder).suppliers.equals(plan.suppliers)
    assert main(["explain", "--plan", str(folder), "--quiet"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for sentence in plan.suppliers["sentence"]:
        assert sentence in text
    assert main(["explain", "--quiet"]) == 2


def test_what_earns_money_without_end_is_named() -> None:
    # Stock that is worth more at the end than at the start, in a store without a wall.
    endless = small_case(
        sites=[{"site": "A", "cost": 1}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        stocks=[{"buyer": "Works", "commodity": "metal"}],
    )
    job = prepare(endless, (), case_policies=False)
    blocks = compile_build(job.build)
    cost = blocks.cost.base.copy()
    cost[blocks.columns.index("plan.bought[Works,metal]")] = -3.0
    blocks = dataclasses.replace(blocks, cost=dataclasses.replace(blocks.cost, base=cost))
    distinct, _ = job_scenarios(job.network.case, None, None).distinct()
    theta, news = scenario_data(blocks, job.network, distinct, job.build.levels)
    with pytest.raises(UnboundedError, match="buying stock of metal for Works"):
        solve_extensive(blocks, theta, distinct.probability, news)
