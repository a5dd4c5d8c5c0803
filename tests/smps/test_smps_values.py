"""What knowing is worth in a stochastic program: published values, and another solver's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog
from smps_texts import CORE, FARMER_CORE, FARMER_STOCH, FARMER_TIME, TIME, stochastic, written

from diversify.compile import Blocks
from diversify.risk.mean_cvar import MeanCvar
from diversify.smps import read, solve
from diversify.smps.program import StochasticProgram
from diversify.solver.information import information_values, plan_cost

LANDS = Path(__file__).parents[2] / "examples" / "lands"


def farmer(folder: Path) -> StochasticProgram:
    return read(written(folder, FARMER_CORE, FARMER_TIME, FARMER_STOCH, "farmer"))


def test_the_farmer_has_his_published_values(tmp_path: Path) -> None:
    # Birge and Louveaux, chapter 1: EVPI 7,016 and VSS 1,150; WS -115,405.56 and EEV -107,240.
    program = farmer(tmp_path)
    found = solve(program)
    assert found.value_of_perfect_information == pytest.approx(7015.555555555547, rel=1e-9)
    assert found.value_of_stochastic_solution == pytest.approx(1150.0, rel=1e-9)
    batch = program.scenarios()
    values = information_values(program.blocks, batch.theta, batch.probability, found.objective)
    assert values.wait_and_see == pytest.approx(-115405.55555555555, rel=1e-9)
    assert values.mean_value == pytest.approx(-107240.0, rel=1e-9)


def alone(blocks: Blocks, theta: np.ndarray) -> float:
    """The optimum of one scenario, by scipy, from the arrays."""
    matrix = blocks.matrix.copy()
    dense = np.zeros(matrix.shape)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    dense[rows, matrix.indices] = blocks.entries.at(theta)[matrix.data]
    right, sense = blocks.right.at(theta), blocks.sense
    found = linprog(
        blocks.cost.at(theta),
        np.r_[dense[sense < 0], -dense[sense > 0]],
        np.r_[right[sense < 0], -right[sense > 0]],
        dense[sense == 0],
        right[sense == 0],
        np.c_[blocks.lower, blocks.upper],
    )
    assert found.status == 0
    return float(found.fun) + blocks.offset


def test_each_scenario_alone_is_what_another_solver_says() -> None:
    program = read(LANDS)
    batch, found = program.scenarios(), solve(program)
    expected = [alone(program.blocks, theta) for theta in batch.theta]
    known = found.objective - float(batch.probability @ expected)
    assert found.value_of_perfect_information == pytest.approx(known, rel=1e-6)
    assert found.value_of_stochastic_solution is not None
    assert found.value_of_stochastic_solution >= -1e-9


@pytest.mark.parametrize("seed", range(6))
def test_knowing_more_never_costs_more(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    demands = sorted(rng.uniform(1, 9, 4).round(3).tolist())
    body = "INDEP DISCRETE\n" + "\n".join(f" RHS demand {d} later 0.25" for d in demands)
    price = round(float(rng.uniform(1.2, 5)), 2)
    core = CORE.replace("s cost 3", f"s cost {price}")
    program = read(written(tmp_path, core, TIME, stochastic(body)))
    found = solve(program)
    known, planned = found.value_of_perfect_information, found.value_of_stochastic_solution
    assert known is not None
    assert planned is not None
    assert min(known, planned) >= -1e-9
    # By hand: x costs 1 now or the price later, so who knows buys each demand at 1.
    assert found.objective - known == pytest.approx(np.mean(demands), rel=1e-9)
    mean = np.mean(demands)
    late = np.mean(np.maximum(np.array(demands) - mean, 0.0))
    assert found.objective + planned == pytest.approx(mean + price * late, rel=1e-9)


def test_one_scenario_has_nothing_to_know(tmp_path: Path) -> None:
    body = "INDEP DISCRETE\n RHS demand 6 later 1"
    found = solve(read(written(tmp_path, CORE, TIME, stochastic(body))))
    assert found.value_of_perfect_information == pytest.approx(0.0, abs=1e-9)
    assert found.value_of_stochastic_solution == pytest.approx(0.0, abs=1e-9)


def test_values_are_left_out_where_they_were_not_asked_for(tmp_path: Path) -> None:
    program = farmer(tmp_path)
    assert solve(program, values=False).value_of_perfect_information is None
    fears = MeanCvar(level=0.8, mean=1.0, cvar=5.0)
    assert solve(program, objective=fears).value_of_stochastic_solution is None
    asked = solve(program, objective=fears, values=True)
    # They are those of the expected cost, whatever is minimised.
    assert asked.value_of_perfect_information == pytest.approx(7015.555555555547, rel=1e-8)


def test_a_plan_without_recourse_has_no_finite_cost() -> None:
    program = read(LANDS)
    batch = program.scenarios()
    nothing = np.zeros(program.blocks.first)
    now = np.zeros(len(batch.theta), dtype=np.int64)
    assert plan_cost(program.blocks, nothing, batch.theta, batch.probability, now) == np.inf
