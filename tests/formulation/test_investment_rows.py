"""Rows of investment: each family is that of the algebra, in the smallest numbers."""

from __future__ import annotations

import numpy as np

import diversify as dv
from diversify.compile.compiler import compile_build
from diversify.formulation import build_network, start_build
from diversify.testing import small_case, tiny_case
from diversify.testing.trial import _row_text


def rows_of(case: dv.Case, *families: str) -> dict[str, set[str]]:
    """The terms and the right side of each row of some families, by label."""
    blocks = compile_build(start_build(build_network(case)))
    theta = np.zeros(len(blocks.symbols))
    found = {}
    for i, label in enumerate(blocks.rows):
        if label.split("[")[0] in families:
            words = _row_text(blocks, theta, i).split(": ", 1)[1].split()
            *terms, sense, right = words
            pairs = {" ".join(pair) for pair in zip(terms[::2], terms[1::2], strict=True)}
            found[label] = pairs | {f"{sense} {right}"}
    return found


def small_investments() -> dv.Case:
    """Two years; everything that has a row of its own, in the smallest numbers."""
    return small_case(
        periods=2,
        sites=[
            {"site": "A", "capacity": 3, "fixed_cost": 1, "minimum_offtake": 4},
            {"site": "Z", "capacity": 10},
            {"site": "G", "capacity": 10},
        ],
        lanes=[
            {"origin": s, "destination": "W", "commodity": c, "flex": 0.5 if s == "A" else 0}
            for s, c in (("A", "m"), ("Z", "z"), ("G", "g"))
        ],
        demand=[{"buyer": "W", "commodity": c, "quantity": 4} for c in "mzg"],
        shortages=[{"buyer": "W", "commodity": c, "cost": 9} for c in "mg"],
        hazards=[
            {"hazard": "fire", "by": "site", "name": "A"},
            {"hazard": "boom", "kind": "demand", "by": "commodity", "name": "m"},
        ],
        scenarios={"calm": (1.0, {})},
        expansions=[
            {
                "site": "A",
                "capital_cost": 1,
                "life_years": 5,
                "lead_time_months": 12,
                "most": 5,
                "module": 2,
            }
        ],
        discounts=[
            {"site": "A", "commodity": "m", "threshold": w, "cut_per_tonne": c}
            for w, c in ((2, 0.1), (5, 0.2))
        ]
        + [
            {
                "site": "Z",
                "commodity": "z",
                "destination": "W",
                "kind": "incremental",
                "threshold": w,
                "cut_per_tonne": c,
            }
            for w, c in ((3, 0.1), (7, 0.2))
        ],
        substitutes=[
            {"buyer": "W", "commodity": "m", "share": 0.25, "capital_cost": 1, "life_years": 5}
        ],
        byproducts=[
            {
                "site": "G",
                "host": "Z",
                "content": 0.5,
                "recovery": 0.2,
                "most_recovery": 0.6,
                "capital_cost": 1,
                "life_years": 5,
                "lead_time_months": 12,
            }
        ],
    )


def test_rows_of_capacity_are_those_of_the_algebra() -> None:
    # 4 t of offtake cannot be made of 3 t in the first year; two modules of 2 t are the most, and
    # are there in the second year only if they are decided in the first.
    rows = rows_of(
        small_investments(),
        "plan.expand_most",
        "plan.modules_whole",
        "plan.capacity",
        "ops.capacity",
        "plan.offtake",
    )
    assert rows == {
        "plan.expand_most[A,more]": {"+1 plan.expand[A,more,0]", "-4 plan.qualify[A]", "<= 0"},
        "plan.modules_whole[A,more,0]": {
            "+1 plan.expand[A,more,0]",
            "-2 plan.modules[A,more,0]",
            "= 0",
        },
        "plan.capacity[A,0]": {"+1 plan.book[A>W:m,0]", "-3 plan.qualify[A]", "<= 0"},
        "plan.capacity[A,1]": {
            "+1 plan.book[A>W:m,1]",
            "-3 plan.qualify[A]",
            "-1 plan.expand[A,more,0]",
            "<= 0",
        },
        "ops.capacity[A,0]": {
            "+1 ops.flow[A>W:m,0]",
            "+0-3*data.avail[0,0] plan.qualify[A]",
            "<= 0",
        },
        "ops.capacity[A,1]": {
            "+1 ops.flow[A>W:m,1]",
            "+0-3*data.avail[0,1] plan.qualify[A]",
            "+0-1*data.avail[0,1] plan.expand[A,more,0]",
            "<= 0",
        },
        "plan.offtake[A,1]": {"-1 plan.book[A>W:m,1]", "+4 plan.qualify[A]", "<= 0"},
        **{
            f"plan.capacity[{s},{t}]": {f"+1 plan.book[{s}>W:{s.lower()},{t}]", "<= 10"}
            for s in "ZG"
            for t in (0, 1)
        },
    }


def test_rows_of_discounts_are_those_of_the_algebra() -> None:
    # A makes 3 + 4 t at most, with a sixteenth more 7.4375; Z 10 t, 10.625. No tier of more.
    rows = rows_of(
        small_investments(),
        "plan.tier_one",
        "plan.tier_most",
        "plan.tier_least",
        "plan.tier_full",
        "plan.tier_booked",
        "ops.rebate_tier",
        "ops.rebate_all",
    )
    first = {label: terms for label, terms in rows.items() if label.endswith(",1]")}
    tier = {("A", k): f"A,m,,{k},1]" for k in (1, 2)} | {
        ("Z", k): f"Z,z,W,{k},1]" for k in (0, 1, 2)
    }
    expected: dict[str, set[str]] = {
        "plan.tier_one[A,m,,1]": {f"+1 plan.tier[{tier['A', k]}" for k in (1, 2)} | {"<= 1"},
        "plan.tier_booked[A,m,,1]": {f"+1 plan.tiered[{tier['A', k]}" for k in (1, 2)}
        | {"-1 plan.book[A>W:m,1]", "<= 0"},
        "plan.tier_booked[Z,z,W,1]": {f"+1 plan.tiered[{tier['Z', k]}" for k in (0, 1, 2)}
        | {"-1 plan.book[Z>W:z,1]", "<= 0"},
        "ops.rebate_all[A,m,,1]": {f"+1 ops.rebated[{tier['A', k]}" for k in (1, 2)}
        | {"-1 ops.flow[A>W:m,1]", "<= 0"},
        "ops.rebate_all[Z,z,W,1]": {f"+1 ops.rebated[{tier['Z', k]}" for k in (1, 2)}
        | {"-1 ops.flow[Z>W:z,1]", "<= 0"},
    }
    for site, k, most in (("A", 1, "5"), ("A", 2, "7.4375"), ("Z", 1, "4"), ("Z", 2, "3.625")):
        name = tier[site, k]
        expected[f"plan.tier_most[{name}"] = {
            f"+1 plan.tiered[{name}",
            f"-{most} plan.tier[{name}",
            "<= 0",
        }
        up = "+0-1*data.avail[0,1]" if site == "A" else "-1"
        expected[f"ops.rebate_tier[{name}"] = {
            f"+1 ops.rebated[{name}",
            f"{up} plan.tiered[{name}",
            "<= 0",
        }
    for k, least in ((1, "2"), (2, "5")):
        name = tier["A", k]
        expected[f"plan.tier_least[{name}"] = {
            f"-1 plan.tiered[{name}",
            f"+{least} plan.tier[{name}",
            "<= 0",
        }
    for k, full in ((1, "3"), (2, "4")):
        expected[f"plan.tier_full[{tier['Z', k]}"] = {
            f"-1 plan.tiered[{tier['Z', k - 1]}",
            f"+{full} plan.tier[{tier['Z', k]}",
            "<= 0",
        }
    assert first == expected


def test_rows_of_substitutes_and_byproducts_are_those_of_the_algebra() -> None:
    rows = rows_of(
        small_investments(),
        "ops.replaced_ability",
        "ops.replaced_share",
        "plan.meet",
        "ops.recovered_now",
        "ops.recovered_most",
        "ops.byproduct",
    )
    second = {
        label: terms
        for label, terms in rows.items()
        if label.endswith(",1]") and ",z," not in label
    }
    own = "ops.replaced[W,m,other,1]"
    assert second == {
        "ops.replaced_ability[W,m,other,1]": {f"+1 {own}", "-1 plan.ability[W,m,other]", "<= 0"},
        "ops.replaced_share[W,m,other,1]": {f"+1 {own}", "<= 0+1*data.surge[0,1]"},
        "plan.meet[W,m,1]": {
            "+1 plan.book[A>W:m,1]",
            "+1 plan.nothing",
            "+1 plan.short[W,m,1,1]",
            "+1 plan.replaced[W,m,other,1]",
            ">= 4",
        },
        "plan.meet[W,g,1]": {
            "+1 plan.book[G>W:g,1]",
            "+1 plan.nothing",
            "+1 plan.short[W,g,1,1]",
            ">= 4",
        },
        "ops.recovered_now[G,Z,1]": {
            "+1 ops.recovered[G,Z,1]",
            "-0.1 ops.flow[Z>W:z,1]",
            "-1 plan.recover[G,Z]",
            "<= 0",
        },
        "ops.recovered_most[G,Z,1]": {
            "+1 ops.recovered[G,Z,1]",
            "-0.3 ops.flow[Z>W:z,1]",
            "<= 0",
        },
        "ops.byproduct[G,1]": {"+1 ops.flow[G>W:g,1]", "-1 ops.recovered[G,Z,1]", "<= 0"},
    }
    assert rows["ops.recovered_now[G,Z,0]"] == {
        "+1 ops.recovered[G,Z,0]",
        "-0.1 ops.flow[Z>W:z,0]",
        "<= 0",
    }
    assert "ops.recovered_most[G,Z,0]" not in rows


def test_a_case_without_investment_has_no_trace_of_it() -> None:
    blocks = compile_build(start_build(build_network(tiny_case())))
    words = ("expand", "modules", "tier", "rebate", "replaced", "ability", "recover", "byproduct")
    assert not [name for name in (*blocks.columns, *blocks.rows) if any(w in name for w in words)]
    kinds = {key[1] for key in blocks.forms}
    assert not kinds & {"expansion", "substitution", "substitution_ability", "recovery", "discount"}
