"""Programs are solved to published answers, answers by hand, and those of another solver."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog
from smps_texts import CORE, FARMER_CORE, FARMER_STOCH, FARMER_TIME, TIME, stochastic, written

from diversify.errors import InfeasibleError, UnboundedError
from diversify.risk.mean_cvar import MeanCvar
from diversify.smps import Answer, read, solve

LANDS = Path(__file__).parents[2] / "examples" / "lands"
MAXIMUM = CORE.replace("ROWS", "OBJSENSE MAX\nROWS", 1)


def solved(
    folder: Path, core: str = CORE, time: str = TIME, body: str = "", **options: Any
) -> Answer:
    body = body or "INDEP DISCRETE\n RHS demand 2 later 0.5\n RHS demand 6 later 0.5"
    return solve(read(written(folder, core, time, stochastic(body))), **options)


def test_lands_has_its_published_optimum() -> None:
    # Louveaux and Smeers (1988): 381.853.
    found = solve(read(LANDS))
    assert found.objective == pytest.approx(381.8533333333333, rel=1e-9)
    assert list(found.first_stage.values()) == pytest.approx([8 / 3, 4, 10 / 3, 2], abs=1e-7)
    assert (found.status, found.point, found.support) == ("optimal", "certified", 3)
    assert (found.recourse, found.warnings) == ("fixed", ())


def farmer(folder: Path, objective: MeanCvar | None = None) -> Answer:
    program = read(written(folder, FARMER_CORE, FARMER_TIME, FARMER_STOCH, "farmer"))
    assert program.blocks.symbols == ("xw, wheat", "xc, corn", "xb, beets")
    return solve(program, objective=objective)


def test_the_farmer_has_his_published_optimum(tmp_path: Path) -> None:
    # Birge and Louveaux, chapter 1: a profit of 108,390 from 170, 80 and 250 acres.
    found = farmer(tmp_path)
    assert found.objective == pytest.approx(-108390, rel=1e-9)
    assert list(found.first_stage.values()) == pytest.approx([170, 80, 250], abs=1e-6)


@pytest.mark.parametrize(
    ("level", "mean", "weight", "expected"),
    # Hand-made oracle, an LP of Rockafellar and Uryasev over the same three scenarios; the first
    # one is that of mpi-sppy's test of CVaR.
    [
        (0.8, 1.0, 5.0, -391513.3333333334),
        (0.6666666666666666, 1.0, 1.0, -163900.0),
        (0.5, 0.5, 0.5, -92066.66666666667),
        (0.9, 0.5, 0.5, -81950.0),
    ],
)
def test_the_farmer_who_fears_bad_years(
    tmp_path: Path, level: float, mean: float, weight: float, expected: float
) -> None:
    found = farmer(tmp_path, MeanCvar(level=level, mean=mean, cvar=weight))
    assert found.objective == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    ("price", "x", "cost"),
    # Each unit of x from 2 to 6 costs 1 and saves price / 2.
    [(3.0, 6.0, 6.0), (1.5, 2.0, 5.0)],
)
def test_the_tiny_program_by_hand(tmp_path: Path, price: float, x: float, cost: float) -> None:
    found = solved(tmp_path, CORE.replace("s cost 3", f"s cost {price}"))
    assert found.objective == pytest.approx(cost)
    assert found.first_stage == pytest.approx({"x": x})


def test_a_constant_counts_with_the_other_sign(tmp_path: Path) -> None:
    assert solved(tmp_path, CORE.replace(" RHS store", " RHS cost 7\n RHS store")).objective == (
        pytest.approx(6.0 - 7.0)
    )


def test_a_random_constant_has_its_mean(tmp_path: Path) -> None:
    body = "INDEP\n RHS demand 6 later 1\n RHS cost -1 later 0.25\n RHS cost 3 later 0.75"
    # x = 6 costs 6; minus the right side is 1 or -3, and -2 in the mean.
    assert solved(tmp_path, body=body).objective == pytest.approx(6.0 - 2.0)


def test_a_maximum_is_reported_as_one(tmp_path: Path) -> None:
    core = MAXIMUM.replace("x cost 1", "x cost -1").replace("s cost 3", "s cost -1.5")
    found = solved(tmp_path, core.replace(" RHS store", " RHS cost -100\n RHS store"))
    assert found.objective == pytest.approx(100 - 5.0)
    assert found.bound == pytest.approx(95.0)
    assert found.gap < 1e-9


def test_a_random_upper_bound(tmp_path: Path) -> None:
    # Demand is 4; of it 1 or 3 can be had later at 0.5, so x is 3, and later 1 suffices.
    core = CORE.replace("s cost 3", "s cost 0.5").replace("ENDATA", "BOUNDS\n UP B s 9\nENDATA")
    body = "INDEP\n UP B s 1 later 0.5\n UP B s 3 later 0.5"
    assert solved(tmp_path, core, body=body).objective == pytest.approx(3 + 0.5)


def test_a_random_lower_bound(tmp_path: Path) -> None:
    # s is at least 5 or 1; with x = 0 it is 5 or 4, at 0.5 each.
    core = CORE.replace("s cost 3", "s cost 0.5")
    body = "INDEP\n LO B s 5 later 0.5\n LO B s 1 later 0.5"
    assert solved(tmp_path, core, body=body).objective == pytest.approx(0.5 * 4.5)


def test_a_random_fixed_value_replaces_both_bounds(tmp_path: Path) -> None:
    # s is 1 or 3, whatever its bounds were, so x is 3 of the demand of 4.
    core = CORE.replace("ENDATA", "BOUNDS\n FX B s 0\nENDATA")
    body = "INDEP\n FX B s 1 later 0.5\n FX B s 3 later 0.5"
    assert solved(tmp_path, core, body=body).objective == pytest.approx(3 + 3 * 2)


def test_a_range_moves_with_its_random_right_side(tmp_path: Path) -> None:
    # x + s lies in [d, d + 1] for d = 2 or 6, and s may not be negative: x is at most 3. So s is
    # 3 where d = 6.
    core = CORE.replace("ENDATA", "RANGES\n R demand 1\nENDATA")
    found = solved(tmp_path, core)
    assert found.objective == pytest.approx(3 + 0.5 * 3 * 3)
    assert found.first_stage == pytest.approx({"x": 3.0})


def test_yes_or_no_in_both_stages(tmp_path: Path) -> None:
    # x is whole and at most 10, s comes in whole units of 4: later 4 at once for 2, or x.
    core = CORE.replace(" x cost 1 store 1", " M 'MARKER' 'INTORG'\n x cost 1 store 1").replace(
        "RHS\n RHS", " M 'MARKER' 'INTEND'\nRHS\n RHS"
    )
    core = core.replace("s cost 3 demand 1", "s cost 2.5 demand 4").replace(
        "ENDATA", "BOUNDS\n UI B x 10\n UI B s 10\nENDATA"
    )
    # x = 2: 2 + 0 or 2.5; x = 0: 2.5 or 5; so 3.25.
    found = solved(tmp_path, core)
    assert found.objective == pytest.approx(3.25)
    assert found.first_stage == pytest.approx({"x": 2.0})
    sampled = solved(tmp_path, core, scenarios=50, seed=2)
    assert sampled.high is not None


def test_no_plan_and_no_end_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InfeasibleError):
        solved(tmp_path, CORE.replace("ENDATA", "BOUNDS\n FX B s 0\n UP B x 3\nENDATA"))
    with pytest.raises(UnboundedError):
        solved(tmp_path, CORE.replace("s cost 3", "s cost -3"))


def test_three_periods_that_are_two_stages(tmp_path: Path) -> None:
    # All is known in the second period: what the third costs is part of the second stage.
    core = CORE.replace(" G demand", " G demand\n G last").replace(
        "RHS\n", " e last 1 cost 2\nRHS\n"
    )
    time = TIME.replace("ENDATA", " e last third\nENDATA")
    body = "BLOCKS\n BL b later 0.5\n RHS demand 2 last 1\n BL b later 0.5\n RHS demand 6 last 3"
    found = solved(tmp_path, core, time, body)
    assert found.objective == pytest.approx(6.0 + 2 * 2)
    assert "one stage" in found.warnings[0]


Matrix = NDArray[np.float64]


def random_program(
    seed: int, *, maximise: bool = False
) -> tuple[str, str, str, list[tuple[float, Any]]]:
    """Return texts of a program in which all kinds of numbers are random, and its scenarios.

    Two columns and one row now; seven columns and two rows later, of which the last three fill
    any gap. Costs, W, T, right sides and a bound are random. Where it is to be maximised, all
    costs have the other sign.
    """
    rng, sign = np.random.default_rng(seed), -1 if maximise else 1
    c, q = rng.integers(1, 5, 2), np.r_[rng.integers(1, 9, 2), 30, 40]
    t = rng.integers(0, 4, (2, 2))
    w = np.c_[rng.integers(1, 4, (2, 2)), np.array([[1, -1], [0, 1]])]
    h = rng.integers(3, 12, 2)
    core = ["NAME r", "OBJSENSE", " MAX" if maximise else " MIN", "ROWS", " N z", " L now"]
    core += [" G d0", " E d1", "COLUMNS"]
    for j in range(2):
        core += [f" x{j} z {sign * c[j]} now 1"]
        core += [f" x{j} d{i} {t[i, j]}" for i in range(2) if t[i, j]]
    for j in range(4):
        core += [f" y{j} z {sign * q[j]}", *(f" y{j} d{i} {w[i, j]}" for i in range(2) if w[i, j])]
    gap = sign * 50
    core += [f" y4 z {gap} d0 1", f" y5 z {gap} d1 1", f" y6 z {gap} d1 -1"]
    core += ["RHS", f" b now 6 d0 {h[0]}", f" b d1 {h[1]}", "BOUNDS", " UP u y0 3", "ENDATA"]
    time = "TIME r\nPERIODS\n x0 now p1\n y0 d0 p2\nENDATA\n"
    a, b = rng.choice(9, 3, replace=False), rng.integers(1, 9, 3)
    stoch = ["STOCH r", "INDEP"]
    stoch += [f" b d0 {a[k]} p2 {p}" for k, p in enumerate((0.2, 0.3, 0.5))]
    stoch += ["BLOCKS ADD"]
    for k, p in enumerate((0.6, 0.4)):
        stoch += [f" BL m p2 {p}", f" x0 d1 {b[k]}", f" y1 d0 {b[k + 1]} z {sign * k}"]
        stoch += [f" UP u y0 {k}"]
    stoch += ["INDEP MULTIPLY", " y0 z 2 p2 0.5", " y0 z 0.5 p2 0.5", "ENDATA"]
    scenarios = []
    for (k, p), (m, r), (f, s) in product(
        enumerate((0.2, 0.3, 0.5)), enumerate((0.6, 0.4)), ((2.0, 0.5), (0.5, 0.5))
    ):
        cost = np.r_[q, 50, 50, 50].astype(float)
        cost[0] *= f
        cost[1] += m
        big_w = np.c_[w, [1, 0], [0, 1], [0, -1]].astype(float)
        big_w[0, 1] += b[m + 1]
        big_t = t.astype(float)
        big_t[1, 0] += b[m]
        right = np.array([a[k], h[1]], dtype=float)
        scenarios.append((p * r * s, (c, cost, big_t, big_w, right, 3.0 + m)))
    return "\n".join(core) + "\n", time, "\n".join(stoch) + "\n", scenarios


def extensive(scenarios: list[tuple[float, Any]]) -> float:
    """Return the optimum of all scenarios side by side, by scipy."""
    first, second = 2, 7
    width = first + second * len(scenarios)
    cost = np.zeros(width)
    bounds: list[tuple[float, float | None]] = [(0, None)] * width
    upper, equal, low, right = [np.r_[1.0, 1.0, np.zeros(width - 2)]], [], [6.0], []
    for s, (mass, (c, q, t, w, h, up)) in enumerate(scenarios):
        mine = slice(first + second * s, first + second * (s + 1))
        cost[:first], cost[mine] = c, mass * q
        bounds[mine.start] = (0, up)
        for i in range(2):
            row = np.zeros(width)
            row[:first], row[mine] = t[i], w[i]
            if i == 0:
                upper.append(-row)
                low.append(-h[0])
            else:
                equal.append(row)
                right.append(h[1])
    found = linprog(
        cost, A_ub=np.array(upper), b_ub=low, A_eq=np.array(equal), b_eq=right, bounds=bounds
    )
    assert found.status == 0
    return float(found.fun)


@pytest.mark.parametrize("seed", range(12))
def test_everything_random_equals_a_linear_program_made_by_hand(seed: int, tmp_path: Path) -> None:
    *texts, scenarios = random_program(seed)
    program = read(written(tmp_path, *texts))
    assert (program.support, program.recourse) == (12, "random")
    expected = extensive(scenarios)
    for method in ("extensive", "decomposed"):
        found = solve(program, method=method)
        assert found.method == method
        assert found.objective == pytest.approx(expected, rel=1e-8)
    *texts, _ = random_program(seed, maximise=True)
    again = solve(read(written(tmp_path, *texts)), method="extensive")
    assert again.objective == pytest.approx(-expected, rel=1e-8)


def test_both_methods_agree_where_both_serve(tmp_path: Path) -> None:
    lines = "\n".join(f" RHS demand {k / 4} later 0.05" for k in range(20))
    core = CORE.replace("s cost 3", "s cost 1.7")
    one = solved(tmp_path, core, body=f"INDEP\n{lines}", method="extensive")
    two = solved(tmp_path, core, body=f"INDEP\n{lines}", method="decomposed")
    assert two.method == "decomposed"
    # By hand: x is the quantile 1 - 1/1.7 = 0.41 of demand, 2.0; then the excess is expected at
    # sum(k/4 for k in 1..11) / 20 = 0.825.
    assert one.objective == pytest.approx(2.0 + 1.7 * 0.825, rel=1e-9)
    assert two.objective == pytest.approx(one.objective, rel=1e-6)
