"""A sweep gives at each level what a solve from nothing gives, and its cuts stay bounds."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

import diversify as dv
from diversify.compile import Blocks
from diversify.compile.compiler import compile_build
from diversify.errors import InfeasibleError
from diversify.jobs import job_scenarios, prepare
from diversify.policies import Policy
from diversify.solver.data import scenario_data
from diversify.solver.evaluator import Evaluator
from diversify.solver.highs import run
from diversify.solver.master import make_frame
from diversify.solver.moving import Mover
from diversify.solver.problem import Problem
from diversify.solver.sweep import Sweep
from diversify.solver.warm import WarmProblem
from diversify.testing import tiny_case

CAP = dv.ShareCap(by="country", share=1.0, stage="refine")
CVAR = dv.ShortageBudget(measure="cvar", level=0.9, limit=0.5)
WORST = dv.ShortageBudget(measure="worst", limit=0.5)
CURVED = dv.ShortageBudget(
    measure="expectation", limit=0.5, ambiguity={"set": "chi2", "radius": 0.2}
)
STOCK = dv.StockFloor(days=0)
SWEPT = [
    (CAP, [1.0, 0.8, 0.6, 0.8, 0.3]),
    (CVAR, [0.5, 0.2, 0.05, 0.0]),
    (WORST, [0.5, 0.2, 0.05, 0.2, 0.0]),
    (STOCK, [0.0, 10.0, 40.0]),
]
Made = tuple[Blocks, np.ndarray, np.ndarray, np.ndarray]


def made(policy: Policy, *others: Policy) -> Made:
    job = prepare(tiny_case(), (policy, *others), case_policies=False)
    distinct, _ = job_scenarios(job.network.case, None, None).distinct()
    blocks = compile_build(job.build)
    theta, news = scenario_data(blocks, job.network, distinct, job.build.levels)
    return blocks, theta, distinct.probability, news


@pytest.mark.parametrize("method", ["extensive", "decomposed"])
@pytest.mark.parametrize("objective", [None, dv.MeanCvar(level=0.8, mean=0.5, cvar=0.5)])
@pytest.mark.parametrize(("policy", "levels"), [*SWEPT, (CURVED, [0.5, 0.1, 0.05])])
def test_each_level_is_what_the_extensive_form_says_from_nothing(
    policy: Policy, levels: list[float], method: str, objective: dv.MeanCvar | None
) -> None:
    problem = made(policy)
    oracle = Sweep(*problem, policy.name, method="extensive", objective=objective)
    sweep = Sweep(*problem, policy.name, method=method, objective=objective)  # type: ignore[arg-type]
    for level in levels:
        found = sweep.at(level)
        assert found.method == method
        assert found.certificate is not None
        assert found.certificate.ok
        assert found.objective == pytest.approx(oracle.cold(level).objective, rel=3e-6)
    sweep.close()


@pytest.mark.parametrize("method", ["extensive", "decomposed"])
def test_after_a_level_without_a_plan_the_sweep_goes_on(method: str) -> None:
    # Little may be booked from China, so it cannot be the whole share.
    policy = dv.ShareFloor(by="country", names=["CHN"], share=0.01, stage="refine")
    exclude = dv.Exclude(by="country", names=["CHN"], limit=1.0)
    problem = made(policy, exclude)
    oracle = Sweep(*problem, policy.name, method="extensive")
    sweep = Sweep(*problem, policy.name, method=method)  # type: ignore[arg-type]
    told = []
    for level in (0.0, 1.0, 0.1):
        try:
            expected = oracle.cold(level).objective
        except InfeasibleError:
            expected = np.inf
        try:
            value = sweep.at(level).objective
        except InfeasibleError:
            value = np.inf
        told.append(value)
        assert value == pytest.approx(expected, rel=3e-6)
    sweep.close()
    assert np.isfinite(told[0])


@pytest.mark.parametrize("policy", [CAP, CVAR, WORST])
def test_a_moved_cut_is_exact_where_it_was_made_and_a_bound_elsewhere(policy: Policy) -> None:
    blocks, theta, probability, news = made(policy, CVAR if policy is CAP else CAP)
    symbol = blocks.levels[policy.name]
    mover = Mover(blocks, symbol)
    assert mover.movable
    sweep = Sweep(blocks, theta, probability, news, policy.name, method="extensive")
    plans = [sweep.cold(level).plan for level in (0.8, 0.5)]
    evaluator = Evaluator(blocks, theta, probability, news)
    price = np.full(int((blocks.stage == 2).sum()), 3.0)

    def true(plan: np.ndarray, level: float) -> tuple[float, list]:
        evaluator.level = symbol, level
        found = evaluator.evaluate(plan, price)
        return found.cost + float(price @ found.risk), found.cuts

    old = 0.5
    for plan in plans:
        value, cuts = true(plan, old)
        assert sum(cut.value(plan) for cut in cuts) == pytest.approx(value, rel=1e-9)
        for level in (0.7, 0.3, 0.05):
            moved = [mover.moved(cut, level - old) for cut in cuts]
            for other in plans:
                exact, _ = true(other, level)
                said = sum(cut.value(other) for cut in moved)
                assert said <= exact + 1e-9 * (1 + abs(exact))
    evaluator.close()


def test_only_the_worst_case_moves_cuts_at_all() -> None:
    # A worst-case budget is a row of every scenario; caps and CVaR budgets are first-stage rows
    # and rows in expectation, which no cut contains.
    for policy, still in ((CAP, True), (CVAR, True), (WORST, False)):
        blocks, theta, probability, news = made(policy)
        mover = Mover(blocks, blocks.levels[policy.name])
        evaluator = Evaluator(blocks, theta, probability, news)
        sweep = Sweep(blocks, theta, probability, news, policy.name, method="extensive")
        evaluator.level = blocks.levels[policy.name], 0.05
        # The plan for half the demand short has no recourse with 5 %, and a cut says so.
        cuts = evaluator.evaluate(sweep.cold(0.5).plan).cuts
        assert all(mover.moved(cut, 0.1) == cut for cut in cuts) or not still
        changed = any(mover.moved(cut, 0.1).constant != cut.constant for cut in cuts)
        assert changed is not still
        evaluator.close()


@pytest.mark.parametrize(("policy", "levels"), [(CAP, [1.0, 0.6, 0.8]), (CVAR, [0.5, 0.1, 0.3])])
def test_a_master_changed_in_place_is_the_master_made_anew(
    policy: Policy, levels: list[float]
) -> None:
    # A cap moves coefficients of the first stage, a budget the side of a row in expectation.
    sweep = Sweep(*made(policy), policy.name, method="decomposed")
    first = None
    for level in levels:
        sweep.at(level)
        search = sweep._search
        assert search is not None
        first = first or search.master
        assert search.master is first
        _, point, _ = search.master.resolve(search.lower, search.upper)
        anew = run(search.frame.problem(search.pool.cuts).relaxed())
        assert anew.point is not None
        fresh = make_frame(
            sweep.blocks, sweep.theta(level), sweep.probability, sweep.news,
            search.evaluator.cluster,
        )  # fmt: skip
        assert (fresh.matrix != search.frame.matrix).nnz == 0
        assert np.array_equal(fresh.high, search.frame.high)
        assert fresh.cost @ point == pytest.approx(float(fresh.cost @ anew.point), rel=1e-9)
    sweep.close()


def test_a_sweep_changes_no_array_of_the_problem() -> None:
    blocks, theta, probability, news = made(CAP)
    before = [blocks.matrix.indices.copy(), blocks.matrix.indptr.copy(), theta.copy()]
    sweep = Sweep(blocks, theta, probability, news, CAP.name, method="decomposed")
    for level in (1.0, 0.5):
        sweep.at(level)
    sweep.close()
    after = [blocks.matrix.indices, blocks.matrix.indptr, theta]
    for one, other in zip(before, after, strict=True):
        assert np.array_equal(one, other)


def test_a_warm_problem_answers_the_problem_it_is_given() -> None:
    # Every number of the problem changes, also entries from and to zero; HiGHS from nothing says
    # what is right.
    draw = np.random.default_rng(7)
    warm = WarmProblem()
    for _ in range(8):
        entries = draw.uniform(0.5, 2.0, (3, 4)) * (draw.random((3, 4)) < 0.7)
        entries[:, 0] = 1.0
        problem = Problem(
            sp.csr_array(entries),
            draw.uniform(1.0, 3.0, 4),
            np.zeros(4),
            draw.uniform(5.0, 9.0, 4),
            draw.uniform(1.0, 4.0, 3),
            np.full(3, np.inf),
            np.zeros(4, dtype=bool),
        )
        answer, right = warm(problem), run(problem)
        assert warm.known
        assert answer.point is not None
        assert right.point is not None
        assert problem.cost @ answer.point == pytest.approx(problem.cost @ right.point, rel=1e-9)
