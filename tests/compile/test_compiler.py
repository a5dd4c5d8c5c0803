"""One compile with symbols gives what a compile for each set of numbers would give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

import diversify as dv
from diversify.case import Case
from diversify.compile.blocks import EXPECTED, OPS, PLAN, make_label, split_label
from diversify.compile.compiler import compile_build, policies_added
from diversify.errors import InputError
from diversify.formulation import Build, build_network, start_build
from diversify.policies import Policy
from diversify.testing import small_case, tiny_case

POLICIES: list[Policy] = [
    dv.ShareCap(by="country", share=0.6, stage="refine"),
    dv.ShareFloor(by="domestic", share=0.3, stage="refine"),
    dv.Exclude(by="country", names=["CHN"], from_period="2027", limit=4),
    dv.SpendCap(limit=50),
    dv.StockFloor(days=73),
    dv.ShortageBudget(measure="cvar", level=0.9, limit=0.1),
    dv.CostBudget(measure="worst", limit=200),
]


def decided_case() -> Case:
    """Flex, take-or-pay, spot, a yes/no decision and a surge of demand, in one case."""
    return small_case(
        periods=2,
        discount_rate=0.1,
        sites=[
            {"site": "A", "cost": 3, "capacity": 5, "fixed_cost": 7, "minimum_offtake": 1},
            {"site": "B", "cost": 4, "capacity": 6, "lead_time_months": 12},
            {"site": "C", "cost": 9},
        ],
        lanes=[
            {
                "origin": s,
                "destination": "Works",
                "commodity": "metal",
                "flex": 0.2,
                "take_or_pay": 0.5,
                "spot_limit": 2,
                "spot_premium": 0.5,
                "tariff": 0.1,
            }
            for s in "ABC"
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 8}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 30}],
        stocks=[{"buyer": "Works", "commodity": "metal", "capacity": 3, "loss_rate": 0.1}],
        hazards=[
            {"hazard": "stop", "by": "site", "name": "A"},
            {"hazard": "boom", "kind": "demand", "by": "buyer", "name": "Works"},
        ],
    )


def built(case: Case, policies: list[Policy]) -> Build:
    return policies_added(start_build(build_network(case)), policies)


def canonical(row: dict[int, float], right: float, sense: int) -> tuple[dict[int, float], float]:
    """A row as ``<=`` or ``=``, without zeros, an equation with a positive first number."""
    row = {column: value for column, value in row.items() if abs(value) > 1e-12}
    flip = -1.0 if sense == 1 or (sense == 0 and row and row[min(row)] < 0) else 1.0
    return {column: flip * value for column, value in row.items()}, flip * right + 0.0


@pytest.mark.parametrize(
    ("case", "policies"),
    [(tiny_case(), POLICIES), (decided_case(), [dv.ShareCap(by="site", share=0.7)])],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_numbers_put_into_the_symbols_give_the_model_with_those_numbers(
    case: Case, policies: list[Policy], seed: int
) -> None:
    # The other side is Pyomo's own compiler, on the same template with its symbols fixed.
    build = built(case, policies)
    blocks = compile_build(build)
    theta = np.random.default_rng(seed).uniform(0.1, 2.0, len(blocks.symbols))
    m = build.model
    symbols = [v for b in (m.data, m.level) for v in b.component_data_objects(pyo.Var)]
    columns = [v for b in (m.plan, m.ops) for v in b.component_data_objects(pyo.Var)]
    assert len(columns) == len(blocks.columns)
    for symbol, value in zip(symbols, theta, strict=True):
        symbol.fix(value)
    plain = LinearStandardFormCompiler().write(m, mixed_form=True)
    place = {id(v): i for i, v in enumerate(columns)}
    where = [place[id(v)] for v in plain.columns]
    matrix = plain.A.tocsr()
    expected: dict[str, list[Any]] = {}
    for i, row in enumerate(plain.rows):
        span = slice(matrix.indptr[i], matrix.indptr[i + 1])
        entries = {
            where[j]: v for j, v in zip(matrix.indices[span], matrix.data[span], strict=True)
        }
        parent = row.constraint.parent_component()
        index = row.constraint.index()
        label = make_label(
            f"{parent.parent_block()._name}.{parent._name}",
            *(index if isinstance(index, tuple) else (index,)),
        )
        expected[label] = [canonical(entries, plain.rhs[i], -row.bound_type)]
    entries_at, right = blocks.entries.at(theta), blocks.right.at(theta)
    for i, label in enumerate(blocks.rows):
        span = slice(blocks.matrix.indptr[i], blocks.matrix.indptr[i + 1])
        row_entries = dict(
            zip(blocks.matrix.indices[span], entries_at[blocks.matrix.data[span]], strict=True)
        )
        found, level = canonical(row_entries, right[i], int(blocks.sense[i]))
        row, limit = expected.pop(label)[0]
        assert found == pytest.approx(row, rel=1e-12)
        assert level == pytest.approx(limit, rel=1e-12, abs=1e-12)
    assert not expected
    cost = np.zeros(len(columns))
    cost[where] = plain.c.toarray().ravel()
    assert blocks.cost.at(theta) == pytest.approx(cost, rel=1e-12)
    assert blocks.offset == pytest.approx(float(plain.c_offset[0]), abs=1e-12)


def test_several_vectors_of_data_at_once_are_each_of_them() -> None:
    blocks = compile_build(built(tiny_case(), POLICIES))
    theta = np.random.default_rng(3).uniform(0, 1, (4, len(blocks.symbols)))
    for part in (blocks.entries, blocks.right, blocks.cost):
        assert np.allclose(part.at(theta), [part.at(row) for row in theta], rtol=1e-15)


def test_every_row_and_column_has_a_label_of_its_own_and_its_stage() -> None:
    blocks = compile_build(built(tiny_case(), POLICIES))
    assert len(set(blocks.rows)) == len(blocks.rows)
    assert len(set(blocks.columns)) == len(blocks.columns)
    assert all(label.startswith("plan.") for label in blocks.columns[: blocks.first])
    assert all(label.startswith("ops.") for label in blocks.columns[blocks.first :])
    named = {"plan": PLAN, "ops": OPS, "expected": EXPECTED}
    assert [named[label.split(".")[0]] for label in blocks.rows] == blocks.stage.tolist()


def test_rows_of_a_policy_carry_its_name() -> None:
    blocks = compile_build(built(tiny_case(), POLICIES))
    assert blocks.policies == tuple(policy.name for policy in POLICIES)
    for number, name in enumerate(blocks.policies):
        mine = [blocks.rows[i] for i in np.flatnonzero(blocks.policy == number)]
        assert mine
        assert all(repr(name) in label for label in mine)


@given(
    st.text("ab.'[]", min_size=1, max_size=6),
    st.lists(st.text("a,\\[]'\" é", min_size=1, max_size=6), max_size=4),
)
def test_a_label_can_be_taken_apart_again(family: str, index: list[str]) -> None:
    assert split_label(make_label(family, *index)) == (family, index)


def quadratic(m: Any) -> Any:
    return m.plan.target["Works", "oxide"] * m.plan.bought["Works", "oxide"] <= 1


def product_of_symbols(m: Any) -> Any:
    return m.data.pre[0] * m.data.pre[1] * m.plan.target["Works", "oxide"] <= 1


def outside(m: Any) -> Any:
    m.mine = pyo.Var()
    return m.mine + m.plan.target["Works", "oxide"] <= 1


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (quadratic, "plan.own"),
        (product_of_symbols, "plan.own is not affine in the scenario data"),
        (outside, "a variable outside the blocks plan and ops"),
    ],
)
def test_a_rule_that_cannot_be_compiled_is_refused(rule: Any, said: str) -> None:
    build = built(tiny_case(), [])
    build.model.plan.own = pyo.Constraint(expr=rule(build.model))
    with pytest.raises(InputError) as caught:
        compile_build(build)
    assert said in str(caught.value)


def test_a_rule_of_the_users_own_is_compiled_with_the_rest() -> None:
    build = built(tiny_case(), [])
    build.model.plan.own = pyo.Constraint(expr=build.model.plan.target["Works", "oxide"] >= 1)
    blocks = compile_build(build)
    row = blocks.rows.index("plan.own")
    assert blocks.stage[row] == PLAN
    assert blocks.policy[row] == -1
