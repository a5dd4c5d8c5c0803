"""Listing and drawing scenarios: their number, their size, and the interval of a sample."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from smps_texts import CORE, FARMER_CORE, FARMER_STOCH, FARMER_TIME, stochastic, written

from diversify.errors import InputError
from diversify.risk.mean_cvar import MeanCvar
from diversify.smps import read, solve


def values(count: int, place: str = "RHS demand") -> str:
    return "\n".join(f" {place} {0.04 * k:.2f} later {1 / count!r}" for k in range(count))


def test_a_million_scenarios_of_three_numbers_are_listed_at_once(tmp_path: Path) -> None:
    core = CORE.replace(" G demand", " G demand\n G d2\n G d3").replace(
        "demand 1\nRHS", "demand 1\n s d2 1 d3 1\nRHS"
    )
    body = "INDEP\n" + "\n".join(values(100, f"RHS {row}") for row in ("demand", "d2", "d3"))
    program = read(written(tmp_path, core, stoch=stochastic(body)))
    assert program.support == 10**6
    begin = time.process_time()
    batch = program.scenarios()
    seconds = time.process_time() - begin
    tracemalloc.start()
    program.scenarios()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert batch.theta.shape == (10**6, 3)
    assert batch.probability.sum() == pytest.approx(1.0, rel=1e-12)
    # Each number takes its hundred values equally often, and each pair too.
    assert batch.theta.mean(axis=0) == pytest.approx([1.98] * 3, rel=1e-9)
    assert np.cov(batch.theta.T)[0, 1] == pytest.approx(0.0, abs=1e-9)
    assert peak < 200e6
    assert seconds < 5  # far below 1 s on a quiet machine


def test_a_support_without_end_is_counted_and_not_listed(tmp_path: Path) -> None:
    rows = [f"d{i}" for i in range(40)]
    core = CORE.replace(" G demand", " G demand\n" + "\n".join(f" G {row}" for row in rows))
    core = core.replace(
        " demand 1\nRHS", " demand 1\n" + "".join(f" s {r} 1\n" for r in rows) + "RHS"
    )
    body = "INDEP\n" + "\n".join(values(100, f"RHS {row}") for row in rows)
    program = read(written(tmp_path, core, stoch=stochastic(body)))
    assert program.support == 100**40
    with pytest.raises(InputError, match=r"1e\+80 are too many scenarios to list.*--scenarios N"):
        program.scenarios()
    batch = program.sample(50, 1)
    assert (batch.theta.shape, batch.count) == ((50, 40), 50)


def test_a_sample_has_the_right_frequencies_and_follows_from_its_seed(tmp_path: Path) -> None:
    body = "BLOCKS\n BL b later 0.2\n RHS demand 1\n BL b later 0.8\n RHS demand 5"
    program = read(written(tmp_path, stoch=stochastic(body)))
    batch, again = program.sample(20_000, 7), program.sample(20_000, 7)
    assert sorted(batch.theta.ravel()) == [1, 5]
    share = dict(zip(batch.theta.ravel().tolist(), batch.probability.tolist(), strict=True))
    # Four standard deviations of a frequency: 4 * sqrt(0.2 * 0.8 / 20000) = 0.0113.
    assert share[1.0] == pytest.approx(0.2, abs=0.0114)
    assert (again.theta == batch.theta).all()
    assert (again.probability == batch.probability).all()
    assert program.sample(20_000, 8).probability.tolist() != batch.probability.tolist()


def test_equal_draws_are_found_also_where_no_number_counts_them(tmp_path: Path) -> None:
    # 70 numbers of two values: more combinations than an integer of 64 bits has.
    rows = [f"d{i}" for i in range(70)]
    core = CORE.replace(" G demand", " G demand\n" + "\n".join(f" G {row}" for row in rows))
    core = core.replace(
        " demand 1\nRHS", " demand 1\n" + "".join(f" s {r} 1\n" for r in rows) + "RHS"
    )
    lines = [f" RHS {row} 0 later 0.999\n RHS {row} 1 later 0.001" for row in rows]
    batch = read(written(tmp_path, core, stoch=stochastic("INDEP\n" + "\n".join(lines)))).sample(
        2_000, 3
    )
    assert len(np.unique(batch.theta, axis=0)) == len(batch.theta) < 200
    assert batch.probability.sum() == pytest.approx(1.0)
    assert batch.probability.max() == pytest.approx(0.999**70, abs=0.05)


@pytest.mark.parametrize(
    ("body", "mean", "variance"),
    [
        ("INDEP UNIFORM\n RHS demand 2 later 6", 4, 16 / 12),
        ("INDEP NORMAL\n RHS demand 5 later 0.25", 5, 0.25),
        # The core has 4.
        ("INDEP NORMAL ADD\n RHS demand 5 later 0.25", 9, 0.25),
        ("INDEP NORMAL MULTIPLY\n RHS demand 5 later 0.25", 20, 4),
    ],
)
def test_continuous_numbers_have_their_moments(
    tmp_path: Path, body: str, mean: float, variance: float
) -> None:
    program = read(written(tmp_path, stoch=stochastic(body)))
    assert program.support is None
    with pytest.raises(InputError, match="a continuous distribution has too many"):
        program.scenarios()
    drawn = program.sample(40_000, 2).theta.ravel()
    # Within five standard errors.
    assert drawn.mean() == pytest.approx(mean, abs=5 * (variance / 40_000) ** 0.5)
    assert drawn.var() == pytest.approx(variance, rel=5 * (2 / 40_000) ** 0.5)


def test_the_interval_of_a_sample_holds_the_true_optimum(tmp_path: Path) -> None:
    core = CORE.replace("s cost 3", "s cost 1.5")
    program = read(written(tmp_path, core))
    exact = solve(program)
    assert exact.objective == pytest.approx(5.0)
    assert (exact.low, exact.high, exact.seed) == (None, None, None)
    held = 0
    for seed in range(20):
        found = solve(program, scenarios=60, seed=seed)
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.high
        assert (found.scenarios, found.distinct_scenarios, found.seed) == (60, 2, seed)
        held += found.low <= 5.0 <= found.high
    # At 95 % each, fewer than 16 of 20 has a probability below 3e-3.
    assert held >= 16


def test_the_interval_holds_the_optimum_over_a_million_scenarios(tmp_path: Path) -> None:
    # LandS with three demands on a hundred values each (Linderoth, Shapiro and Wright 2006); the
    # optimum is exact, in rational numbers (LandS_exact_solution by Borelian).
    lands = Path(__file__).parents[2] / "examples" / "lands"
    core, times = (lands / f"lands.{e}" for e in ("cor", "tim"))
    rows = [f" RHS DEMAND{d} {0.04 * k:.2f} RUN 0.01" for d in (1, 2, 3) for k in range(100)]
    stoch = stochastic("INDEP DISCRETE\n" + "\n".join(rows))
    program = read(written(tmp_path, core.read_text(), times.read_text(), stoch))
    assert program.support == 10**6
    found = solve(program, scenarios=150, seed=3)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 225.6294001 <= found.high
    assert found.high - found.low < 20


def test_the_interval_counts_random_costs(tmp_path: Path) -> None:
    # Demand is 4; s costs 1 or 4, on average 2.5, so x = 4 for 4; with x at most 1, 1 + 3 * 2.5.
    core = CORE.replace("store 10", "store 1")
    body = "INDEP\n s cost 1 later 0.5\n s cost 4 later 0.5\n RHS cost -2 later 1"
    program = read(written(tmp_path, core, stoch=stochastic(body)))
    assert solve(program).objective == pytest.approx(1 + 7.5 + 2)
    found = solve(program, scenarios=2_000, seed=6)
    # One draw spreads by 3 * 1.5; within four standard errors on both sides of 10.5.
    assert found.high == pytest.approx(10.5 + 1.96 * 4.5 / 2_000**0.5, abs=4 * 4.5 / 2_000**0.5)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 10.5 <= found.high


def test_the_interval_holds_for_mean_and_cvar_too(tmp_path: Path) -> None:
    # -391513.33 is the optimum over all scenarios (see test_smps_solving).
    program = read(written(tmp_path, FARMER_CORE, FARMER_TIME, FARMER_STOCH))
    objective = MeanCvar(level=0.8, mean=1.0, cvar=5.0)
    held = 0
    for seed in range(10):
        found = solve(program, scenarios=100, seed=seed, objective=objective)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= -391513.3333333334 <= found.high
    # At 95 % each, fewer than 7 of 10 has a probability below 2e-3.
    assert held >= 7


def test_the_interval_of_a_maximum_has_its_sides_in_order(tmp_path: Path) -> None:
    core = CORE.replace("ROWS", "OBJSENSE MAX\nROWS").replace("x cost 1", "x cost -1")
    core = core.replace("s cost 3", "s cost -1.5")
    program = read(written(tmp_path, core))
    assert solve(program).objective == pytest.approx(-5.0)
    found = solve(program, scenarios=100, seed=4)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= -5.0 <= found.high
    assert found.bound >= found.objective - 1e-9


def test_a_plan_without_recourse_in_fresh_draws_has_one_side_only(tmp_path: Path) -> None:
    # Demand is 9 once in 400 draws; s is limited, so x must be 8 then, which the sample of 5 draws
    # does not know.
    core = CORE.replace("ENDATA", "BOUNDS\n UP B s 1\nENDATA")
    body = "INDEP\n RHS demand 2 later 0.9975\n RHS demand 9 later 0.0025"
    program = read(written(tmp_path, core, stoch=stochastic(body)))
    found = solve(program, scenarios=5, seed=1)
    assert found.high is None
    assert any("no recourse" in warning for warning in found.warnings)


def test_yes_or_no_without_recourse_in_fresh_draws_has_one_side_only_too(tmp_path: Path) -> None:
    core = CORE.replace("ENDATA", "BOUNDS\n UI B s 1\nENDATA")
    body = "INDEP\n RHS demand 2 later 0.99\n RHS demand 9 later 0.01"
    program = read(written(tmp_path, core, stoch=stochastic(body)))
    assert solve(program, scenarios=5, seed=1).high is None


def test_twice_the_mean_has_twice_the_interval(tmp_path: Path) -> None:
    program = read(written(tmp_path, CORE.replace("s cost 3", "s cost 1.5")))
    one = solve(program, scenarios=50, seed=2)
    two = solve(program, scenarios=50, seed=2, objective=MeanCvar(mean=2.0))
    assert one.low is not None
    assert one.high is not None
    assert (two.low, two.high) == pytest.approx((2 * one.low, 2 * one.high))


def test_a_sample_of_no_scenarios_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fewer than one scenario"):
        solve(read(written(tmp_path)), scenarios=0)
