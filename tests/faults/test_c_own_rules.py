"""FAULTS C, rules of one's own: one test or more for each row, named after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo
import pytest

import diversify as dv
from diversify.errors import Finding
from diversify.policies import parse_policies
from diversify.testing import tiny_case

LANE = "Ref C>Works:oxide"
NAME = f"plan.book['{LANE}',{{}}]"


def refused(function: Callable[..., Any], **fields: Any) -> list[Finding]:
    """What is said to a rule, all of which names it."""
    with pytest.raises(dv.InputError) as caught:
        dv.solve(tiny_case(), dv.Rule("my own", function, **fields))
    findings = list(caught.value.findings)
    assert all("policy 'my own'" in f.message and f.remedy for f in findings)
    return findings


def only(function: Callable[..., Any], **fields: Any) -> Finding:
    findings = refused(function, **fields)
    assert len(findings) == 1, "\n".join(map(str, findings))
    return findings[0]


def test_c58_a_rule_that_is_not_linear_is_refused_with_the_term() -> None:
    def product(model: Any, network: Any, level: Any) -> Any:
        book = model.plan.book
        yield "fine", book[LANE, 0] <= 3
        yield "bad", book[LANE, 0] + book[LANE, 0] * book[LANE, 1] <= 5

    found = only(product)
    assert "row 'bad' is not linear" in found.message
    assert found.value == f"{NAME.format(0)}*{NAME.format(1)}"


@pytest.mark.parametrize(
    "term",
    [lambda x: x**2, lambda x: pyo.sqrt(x), lambda x: 1 / (1 + x), lambda x: abs(x)],
    ids=["square", "root", "ratio", "absolute"],
)
def test_c58_every_kind_of_term_that_is_not_linear_is_refused(term: Callable[..., Any]) -> None:
    found = only(lambda model, network, level: term(model.plan.book[LANE, 0]) <= 5)
    assert NAME.format(0) in str(found.value)


def test_c58_a_product_of_two_symbols_is_refused_by_its_row() -> None:
    def square(model: Any, network: Any, level: Any) -> Any:
        yield "row", model.plan.book[LANE, 0] <= level * level

    with pytest.raises(dv.InputError, match=r"my own.*not affine"):
        dv.solve(tiny_case(), dv.Rule("my own", square, level=2))


def test_c58_a_level_times_a_variable_is_linear() -> None:
    def share(model: Any, network: Any, level: Any) -> Any:
        yield 0, model.plan.book[LANE, 0] <= level * model.plan.volume["refine", "Nd", 0]

    assert dv.solve(tiny_case(), dv.Rule("my own", share, level=0.5)).point == "certified"


@pytest.mark.parametrize(("value", "always"), [(3, "true"), (-3, "false")])
def test_c59_a_relation_that_is_a_bool_is_refused_with_its_index(value: int, always: str) -> None:
    def nothing_to_add(model: Any, network: Any, level: Any) -> Any:
        yield ("AUS", 1), sum(model.plan.book[i, 1] for i in ()) <= value

    found = only(nothing_to_add)
    assert f"row ('AUS', 1) is always {always}" in found.message


def test_c59_a_bool_in_a_constraint_of_the_function_is_refused() -> None:
    def adds(model: Any, network: Any, level: Any) -> None:
        model.plan.mine = pyo.Constraint(["here"], rule=lambda _, i: sum(()) <= 3)

    found = only(adds)
    assert "its function failed" in found.message
    assert "here" in found.message


def test_c59_a_row_of_symbols_only_is_refused() -> None:
    found = only(lambda model, network, level: level <= 3, level=2)
    assert "row 'all' has no decision in it" in found.message


def test_c60_a_variable_outside_plan_and_ops_is_refused() -> None:
    def adds(model: Any, network: Any, level: Any) -> Any:
        model.mine = pyo.Var(["a"])
        yield "row", model.plan.book[LANE, 0] <= model.mine["a"]

    found = refused(adds)
    assert [f.value for f in found] == ["mine", "mine[a]"]
    assert "outside the blocks plan and ops" in found[0].message
    assert "not on plan or ops" in found[1].message


def test_c60_a_variable_of_another_model_is_refused() -> None:
    other = dv.template(tiny_case())
    found = only(lambda model, network, level: other.plan.book[LANE, 0] <= 1)
    assert found.value == NAME.format(0)


def test_c60_a_variable_among_the_data_is_refused() -> None:
    def adds(model: Any, network: Any, level: Any) -> Any:
        model.data.mine = pyo.Var()
        yield "row", model.plan.book[LANE, 0] <= 3

    assert only(adds).value == "data.mine"


def test_c60_variables_on_the_plan_are_welcome() -> None:
    def largest(model: Any, network: Any, level: Any) -> Any:
        model.plan.largest = pyo.Var(bounds=(0, None))
        for lane, t in model.plan.book:
            yield (lane, t), model.plan.book[lane, t] <= model.plan.largest
        yield "most", model.plan.largest <= level

    plan = dv.solve(tiny_case(), dv.Rule("my own", largest, level=6))
    assert plan.portfolio["tonnes"].max() <= 6 + 1e-9
    assert plan.prices["price"].iloc[0] < 0


def test_c61_a_rule_that_fixes_a_variable_is_refused() -> None:
    def fixes(model: Any, network: Any, level: Any) -> Any:
        model.plan.book[LANE, 1].fix(2)
        yield "row", model.plan.book[LANE, 0] <= 3

    found = only(fixes)
    assert f"fixes the variable {NAME.format(1)}" in found.message
    assert "equal bounds" in found.remedy


def test_c61_equal_bounds_do_what_fixing_would() -> None:
    def bounds(model: Any, network: Any, level: Any) -> Any:
        model.plan.book[LANE, 1].setlb(2)
        model.plan.book[LANE, 1].setub(2)
        yield "row", model.plan.book[LANE, 0] <= 3

    book = dv.solve(tiny_case(), dv.Rule("my own", bounds)).portfolio.set_index(["lane", "period"])
    assert book["tonnes"][LANE, "2027"] == pytest.approx(2)


@pytest.mark.parametrize(
    ("function", "fields", "said"),
    [
        (lambda m, n, v: iter(()), {}, "its function asks for no row"),
        (lambda m, n, v: m.plan.book["nowhere", 0] <= 1, {}, "its function failed: KeyError"),
        (lambda m, n, v: [m.plan.book[LANE, 0] <= 1], {}, "no pair of an index and a relation"),
        (lambda m, n, v: [("a", 3.0)], {}, "row 'a' is no relation"),
        (lambda m, n, v: m.plan.book[LANE, 0] < 1, {}, "is a strict inequality"),
        (lambda m, n, v: m.plan.book[LANE, 0] <= 1, {"level": 3}, "no row of it uses the level"),
        (lambda m, n, v: m.ops.flow[LANE, 0] <= 1, {}, "is known in a scenario only"),
        (lambda m, n, v: m.plan.book[LANE, 0] <= m.data.pre[0], {}, "is known in a scenario only"),
        (lambda m, n, v: [(1, m.plan.book[LANE, 0] <= 1)] * 2, {}, "gives the index 1 twice"),
    ],
    ids=["empty", "key", "no index", "number", "strict", "level", "flow", "data", "twice"],
)
def test_what_else_is_wrong_with_a_rule_is_said(
    function: Callable[..., Any], fields: dict[str, Any], said: str
) -> None:
    assert said in only(function, **fields).message


@pytest.mark.parametrize(
    ("add", "said"),
    [
        (lambda m: pyo.Constraint(expr=m.plan.book[LANE, 0] <= 1), "outside plan, ops and expect"),
        (lambda m: pyo.Objective(expr=m.plan.book[LANE, 0]), "adds an objective"),
    ],
)
def test_what_a_rule_adds_to_the_model_itself_is_refused(
    add: Callable[..., Any], said: str
) -> None:
    def function(model: Any, network: Any, level: Any) -> Any:
        model.mine = add(model)
        yield "row", model.plan.book[LANE, 0] <= 3

    assert said in only(function).message


def test_a_constraint_of_its_own_has_one_side() -> None:
    def adds(model: Any, network: Any, level: Any) -> None:
        model.plan.mine = pyo.Constraint(expr=(1, model.plan.book[LANE, 0], 2))

    assert "has two sides" in only(adds).message


def test_everything_wrong_with_a_rule_is_said_at_once() -> None:
    def bad(model: Any, network: Any, level: Any) -> Any:
        model.plan.book[LANE, 1].fix(2)
        yield 0, sum(()) <= 1
        yield 1, model.plan.book[LANE, 0] ** 2 <= 1

    assert len(refused(bad)) == 3


def test_a_rule_that_asks_for_nothing_may_be_allowed_to() -> None:
    rule = dv.Rule("my own", lambda m, n, v: None, allow_empty=True)
    assert dv.solve(tiny_case(), rule).objective == dv.solve(tiny_case()).objective


def test_a_rule_in_a_file_is_refused_in_clear_words() -> None:
    with pytest.raises(dv.InputError, match="a function, which no file holds") as caught:
        parse_policies([{"kind": "rule", "name": "mine"}], "rules.toml")
    finding = caught.value.findings[0]
    assert (finding.file, finding.row, finding.column, finding.value) == (
        "rules.toml", 1, "kind", "rule"
    )  # fmt: skip


def test_a_saved_plan_with_a_rule_says_that_it_cannot_be_read_back(tmp_path: Any) -> None:
    rule = dv.Rule("my own", lambda m, n, v: m.plan.book[LANE, 0] <= 3)
    dv.solve(tiny_case(), rule).save(tmp_path / "plan")
    with pytest.raises(dv.InputError, match="a function, which no file holds"):
        dv.read_plan(tmp_path / "plan")
