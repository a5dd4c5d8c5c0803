"""Ranges: what they measure, and when they warn or refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joint import joint_case
from parts import parts

from diversify.case import Case
from diversify.errors import InputError
from diversify.policies import SpendCap
from diversify.solver.ranges import Range, Ranges, ranges, remark
from diversify.testing import small_case, tiny_case


def by_loops(case: Case, *policies: Any) -> dict[str, tuple[float, float]]:
    """The same by evaluating every number in every scenario."""
    made = parts(case, policies)
    blocks = made.blocks
    found: dict[str, list[float]] = {"matrix": [], "cost": [], "right": [], "bounds": []}
    for theta in made.theta:
        for name, numbers in (
            ("matrix", blocks.entries),
            ("cost", blocks.cost),
            ("right", blocks.right),
        ):
            slope = numbers.slope.toarray()
            found[name] += [abs(b + s @ theta) for b, s in zip(numbers.base, slope, strict=True)]
    found["bounds"] = [abs(x) for x in (*blocks.lower, *blocks.upper) if np.isfinite(x)]
    return {name: (min(x for x in values if x > 0), max(values)) for name, values in found.items()}


@pytest.mark.parametrize("case", [tiny_case(), joint_case(5.0, 30.0)], ids=["tiny", "joint"])
def test_ranges_are_those_of_every_number_in_every_scenario(case: Case) -> None:
    made = parts(case, [SpendCap(limit=50)])
    found = ranges(made.blocks, made.theta)
    for name, (smallest, largest) in by_loops(case, SpendCap(limit=50)).items():
        part = getattr(found, name)
        assert part.smallest == pytest.approx(smallest, rel=1e-12)
        assert part.largest == pytest.approx(largest, rel=1e-12)
    assert found.scaled.ratio <= found.matrix.ratio * 4  # powers of two may be off by one each
    assert remark(found) == ""


def test_the_labels_name_the_extreme_numbers() -> None:
    made = parts(tiny_case())
    found = ranges(made.blocks, made.theta)
    # By hand: ore of 0.25 La a tonne and a refinery that takes 2 t and gives 1.25 * 0.8 = 1 t; the
    # costliest is shortage in the first year, the second tier, 90 USD/t.
    assert (found.cost.largest, found.cost.largest_at) == (90.0, "ops.short[Works,oxide,2,0]")
    assert found.right.largest == 20.0
    assert found.right.largest_at.startswith("plan.capacity[Mine C,")
    assert found.matrix.smallest_at.startswith("plan.book[")
    assert " in plan.volume_sum[mine,La," in found.matrix.smallest_at


def scaled(ratio: float) -> Ranges:
    part = Range(1.0, ratio, "x in small", "y in large")
    return Ranges(part, part, Range(1.0, 1.0, "x", "x"), Range(1.0, 1.0, "r", "r"), part)


def test_a_wide_range_warns_and_a_wider_one_is_refused() -> None:
    assert remark(scaled(1e8)) == ""
    text = remark(scaled(2e8))
    assert "after scaling the coefficients span 2.0e+08 (x in small is the smallest" in text
    for word in ("costs from", "bounds from", "right sides from", "[E84]"):
        assert word in text
    with pytest.raises(InputError, match="still span more than 1e\\+10: x in small") as caught:
        remark(scaled(2e10))
    assert caught.value.findings[0].code == "E84"


@pytest.mark.parametrize(("left", "said"), [(1e-7, ""), (1e-9, "warned"), (1e-11, "refused")])
def test_next_to_nothing_left_in_one_scenario_is_seen(left: float, said: str) -> None:
    # What a lane delivers of its booking is 1 in calm times and next to nothing in a strike.
    case = small_case(
        sites=[{"site": "A", "capacity": 1, "cost": 1}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 9}],
        hazards=[{"hazard": "strike", "by": "site", "name": "A"}],
        scenarios={"calm": (0.5, {}), "strike": (0.5, {"strike": [left]})},
    )
    made = parts(case)
    found = ranges(made.blocks, made.theta)
    assert found.matrix.smallest == left
    assert "deliver_most[A>Works:metal,0]" in found.matrix.smallest_at
    if said == "refused":
        with pytest.raises(InputError, match="deliver_most"):
            remark(found)
    else:
        assert bool(remark(found)) == (said == "warned")


def test_a_demand_within_the_tolerance_of_the_solver_warns() -> None:
    case = small_case(
        sites=[{"site": "A", "capacity": 1, "cost": 1}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 2e-7}],
        hazards=[{"hazard": "stop", "by": "site", "name": "A"}],
        scenarios={"calm": (1.0, {})},
    )
    made = parts(case)
    text = remark(ranges(made.blocks, made.theta))
    assert text.startswith("The right side 2e-07 at ")
    assert "meet[Works,metal,0]" in text


@given(st.integers(0, 10**6))
def test_units_do_not_matter_once_scaled(seed: int) -> None:
    # Blocks in other units, by powers of two: what is left after scaling is that of the data.
    made = parts(tiny_case())
    blocks, rng = made.blocks, np.random.default_rng(seed)
    rows = np.repeat(rng.integers(-15, 16, len(blocks.rows)), np.diff(blocks.matrix.indptr))
    columns = rng.integers(-15, 16, len(blocks.columns))[blocks.matrix.indices]
    factor = np.ones(len(blocks.entries.base))
    factor[blocks.matrix.data] = np.ldexp(1.0, rows + columns)
    entries = replace(
        blocks.entries,
        base=blocks.entries.base * factor,
        slope=blocks.entries.slope.multiply(factor[:, None]).tocsr(),
    )
    before = ranges(blocks, made.theta).scaled.ratio
    found = ranges(replace(blocks, entries=entries), made.theta)
    assert found.scaled.ratio <= 8 * before
    assert found.matrix.ratio > 2.0**20


def test_records_are_plain_data() -> None:
    made = parts(tiny_case())
    found = ranges(made.blocks, made.theta).records()
    assert set(found) == {"matrix", "cost", "bounds", "right", "scaled"}
    keys = {"smallest", "largest", "smallest_at", "largest_at", "ratio"}
    assert all(set(part) == keys for part in found.values())
    assert all(isinstance(part["ratio"], float) for part in found.values())
