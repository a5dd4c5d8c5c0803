"""Rules of one's own go through compile, certificate, price, sweep and conflict like the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo
import pytest

import diversify as dv
from diversify.policies import policy_toml
from diversify.testing import policy_rows, tiny_case, trial

CHINA = "Ref C>Works:oxide"
EUROPE = "Ref E>Works:oxide"


def cap(model: Any, network: Any, level: Any) -> Any:
    """China's share of refining, as the built-in cap has it."""
    for t in network.periods:
        part = sum(
            network.contained(i, "Nd") * model.plan.book[i, t]
            for i in network.leaves_stage("refine", "Nd")
            if network.lane(i, "country") == "CHN"
        )
        yield ("Nd", "refine", "CHN", t), part <= level * model.plan.volume["refine", "Nd", t]


def built_in(share: float) -> dv.ShareCap:
    return dv.ShareCap(by="country", names=["CHN"], stage="refine", material="Nd", share=share)


def own(share: float) -> dv.Rule:
    return dv.Rule("own", cap, share, level_unit="share", words="China refines little.")


def test_the_rows_are_those_of_the_built_in_cap() -> None:
    def plain(policy: Any) -> list[str]:
        return [row.split(": ", 1)[1] for row in policy_rows(tiny_case(), policy)]

    assert plain(own(0.5)) == plain(built_in(0.5))


@pytest.mark.parametrize("share", [1.0, 0.6, 0.5])
def test_cost_price_and_measure_are_those_of_the_built_in_cap(share: float) -> None:
    mine, theirs = (trial(tiny_case(), [policy]) for policy in (own(share), built_in(share)))
    assert mine.objective == pytest.approx(theirs.objective, rel=1e-9)
    assert mine.price == pytest.approx(theirs.price, abs=1e-7)
    assert mine.view is not None
    found = own(share).measure(mine.view)
    assert list(found) == ["Nd refine CHN 0", "Nd refine CHN 1"]
    # R6: what is measured is the share, and at the optimum it is at most the level.
    expected = built_in(share).measure(mine.view)
    assert list(found.values()) == pytest.approx(list(expected.values()), abs=1e-9)


def test_a_plan_records_the_rule_and_its_price() -> None:
    plan = dv.solve(tiny_case(), own(0.5))
    row = plan.prices.iloc[0]
    assert (row["policy"], row["row"], row["unit"]) == ("own", "all", "USD per share")
    assert row["price"] < 0
    assert plan.policies[0].sentence() == "China refines little."
    toml = policy_toml(own(0.5))
    assert (toml["kind"], toml["level"]) == ("rule", 0.5)
    assert toml["function"].startswith(f"{__name__}.cap ")
    assert policy_toml(dv.Rule("own", own, 0.5))["function"] != toml["function"]


def test_two_functions_of_one_name_have_two_digests() -> None:
    def first() -> Callable[..., Any]:
        def rule(model: Any, network: Any, level: Any) -> Any:
            return model.plan.book[CHINA, 0] <= 3

        return rule

    def second() -> Callable[..., Any]:
        def rule(model: Any, network: Any, level: Any) -> Any:
            return model.plan.book[CHINA, 0] <= 2

        return rule

    one, two = (dv.solve(tiny_case(), dv.Rule("r", f())) for f in (first, second))
    assert one.record.digests["policies"] != two.record.digests["policies"]
    assert one.record.digests["case"] == two.record.digests["case"]


def test_a_sweep_takes_the_level_of_a_rule() -> None:
    levels = [1, 0.6, 0.5]
    mine, theirs = (
        dv.frontier(tiny_case(), p, levels=levels).points for p in (own(1), built_in(1))
    )
    assert mine["objective"].tolist() == pytest.approx(theirs["objective"].tolist(), rel=1e-7)


SHAPES: dict[str, Callable[..., Any]] = {
    "below": lambda x: x <= 3,
    "above": lambda x: -x >= -3,
    "range": lambda x: pyo.inequality(0, x, 3),
    "equation": lambda x: x == 3,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_without_a_level_the_price_is_that_of_room_in_each_row(shape: str) -> None:
    def rule(model: Any, network: Any, level: Any) -> Any:
        assert level is None
        return {t: SHAPES[shape](model.plan.book[CHINA, t]) for t in network.periods}

    def cost(slack: float) -> float:
        return trial(tiny_case(), [dv.Rule("room", rule, slack=slack)]).objective

    tight = trial(tiny_case(), [dv.Rule("room", rule)])
    assert tight.price == pytest.approx((cost(1e-3) - cost(0)) / 1e-3, rel=1e-6)
    assert tight.price < -1
    assert tight.view is not None
    # The rows bind: none has room to spare, none is passed.
    upper = [x for k, x in dv.Rule("room", rule).measure(tight.view).items() if "low" not in k]
    assert upper == pytest.approx([0, 0], abs=1e-8)


def test_constraints_that_the_function_adds_itself_have_the_same_price() -> None:
    def adds(model: Any, network: Any, level: Any) -> None:
        model.plan.mine = pyo.Constraint(
            network.periods, rule=lambda _, t: model.plan.book[CHINA, t] <= 3
        )

    def gives(model: Any, network: Any, level: Any) -> Any:
        for t in network.periods:
            yield t, model.plan.book[CHINA, t] <= 3

    one, two = (dv.solve(tiny_case(), dv.Rule("mine", f)) for f in (adds, gives))
    assert one.objective == pytest.approx(two.objective, rel=1e-9)
    assert one.prices["price"].tolist() == pytest.approx(two.prices["price"].tolist())
    assert one.prices["row"].tolist() == two.prices["row"].tolist() == ["all", "0", "1"]


def test_a_floor_has_a_price_above_zero_and_is_measured() -> None:
    def floor(model: Any, network: Any, level: Any) -> Any:
        for t in network.periods:
            yield t, model.plan.book[EUROPE, t] >= level

    rule = dv.Rule("home", floor, 1.0, floor=True)
    found = trial(tiny_case(), [rule])
    more = trial(tiny_case(), [rule.with_level(1.001)])
    assert found.price == pytest.approx((more.objective - found.objective) / 0.001, rel=1e-6)
    assert found.price > 0
    assert found.view is not None
    assert min(rule.measure(found.view).values()) == pytest.approx(1)
    assert not rule.upper
    assert dv.Rule("own", cap, 0.5).upper


def test_a_measure_of_ones_own_is_used() -> None:
    rule = dv.Rule("own", cap, 0.5, measured=lambda view: sum(view.booked.values()))
    view = trial(tiny_case(), [rule]).view
    assert view is not None
    assert rule.measure(view) == {"all": pytest.approx(sum(view.booked.values()))}


def in_scenarios(model: Any, network: Any, level: Any) -> Any:
    for t in network.periods:
        yield t, sum(x for (_, _, _, s), x in model.ops.short.items() if s == t) <= level


def on_average(model: Any, network: Any, level: Any) -> Any:
    return sum(model.ops.short.values()) <= level


@pytest.mark.parametrize(("where", "function"), [("ops", in_scenarios), ("expected", on_average)])
def test_rules_on_scenarios_are_those_of_the_budgets(
    where: Any, function: Callable[..., Any]
) -> None:
    case = tiny_case()
    level = 0.3 if where == "ops" else 0.01
    plan = dv.solve(case, dv.Rule("short", function, level, where))
    # Demand is 4 t a year for two years; the embargo is in one of them, with 5 %.
    budget = (
        dv.ShortageBudget(measure="worst", limit=level / 8)
        if where == "ops"
        else dv.ShortageBudget(measure="expectation", limit=level / 8)
    )
    assert plan.objective == pytest.approx(dv.solve(case, budget).objective, rel=1e-7)
    assert plan.objective > dv.solve(case).objective + 0.1
    other = dv.solve(case, dv.Rule("short", function, level, where), method="decomposed")
    assert other.objective == pytest.approx(plan.objective, rel=1e-6)
    assert plan.prices["price"].iloc[0] < 0


def test_a_rule_appears_in_a_conflict_with_its_smallest_change() -> None:
    # Demand is 4 t: Europe refines at most 3 t of oxide (6 t of ore), the recycler makes 1 t.
    def tight(model: Any, network: Any, level: Any) -> Any:
        for t in network.periods:
            yield t, sum(model.plan.book[i, t] for i in (CHINA, EUROPE)) <= level

    rule = dv.Rule("little refining", tight, 2.5, words="Little is refined.")
    conflict = dv.explain(tiny_case(), rule, dv.ShortageBudget(measure="worst", limit=0.0))
    assert conflict is not None
    named = {item.policy for item in conflict.items}
    assert "little refining" in named
    # 1 t is recycled, so 3 t have to be refined: half a tonne more.
    change = {item.policy: item.change for item in conflict.items}["little refining"]
    assert change == pytest.approx(0.5, abs=1e-6)
    with pytest.raises(dv.InfeasibleError, match=r"policy 'little refining' \(Little is refined"):
        dv.solve(tiny_case(), rule, dv.ShortageBudget(measure="worst", limit=0.0))
