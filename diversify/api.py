"""The public functions: read a case, solve it, ask why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.answers import fresh_view, make_plan
from diversify.case import Case
from diversify.chances import with_exact_chances
from diversify.compile import Blocks
from diversify.compile.compiler import compile_build
from diversify.errors import InfeasibleError, SolverError
from diversify.jobs import Clock, Job, Progress, job_scenarios, prepare, with_safe_chances
from diversify.policies import Policy
from diversify.result.plan import Plan
from diversify.result.view import make_view
from diversify.risk.mean_cvar import MeanCvar
from diversify.scenarios import Scenarios, outages
from diversify.solver import memory
from diversify.solver.cones import clashing
from diversify.solver.conflict import Conflict, find_conflict
from diversify.solver.data import Information, Trials, scenario_data, trial_data
from diversify.solver.decomposed import Way
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.methods import Method, solve_batch, usual_workers
from diversify.solver.price_range import Prices, price_ranges
from diversify.solver.ranges import ranges, remark
from diversify.solver.state import State
from diversify.solver.trials import few, having, lost, solve_with_trials
from diversify.solver.uncurved import without_curves

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
FRESH = 1_000
EXPLAINED = 40
ANY = 0.1


def solve(
    case: Case,
    *policies: Policy,
    buyer: str | Sequence[str] | None = None,
    scenarios: int | Scenarios | None = None,
    seed: int | None = None,
    case_policies: bool | None = None,
    out_of_sample: int = FRESH,
    information: Information = "news",
    time_limit: float | None = None,
    gap: float | None = None,
    method: Method = "auto",
    objective: MeanCvar | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress | None = None,
    watch: Callable[[State], None] | None = None,
    prices: Prices = "auto",
) -> Plan:
    """Return the cheapest plan that keeps the policies, with its certificate.

    Parameters
    ----------
    case : Case
        The case.
    *policies : Policy
        What the plan keeps. With none, the case's own policies count; with some, only these.
    buyer : str or sequence of str, optional
        Whom to solve for; omitted: the case's default buyers, or all of them.
    scenarios : int or Scenarios, optional
        How many to draw, or a batch; omitted: what the case says.
    seed : int, optional
        Of the draw; omitted: that of the case, or a new one, which the plan records.
    case_policies : bool, optional
        True adds the case's own policies to those given; False leaves them out.
    out_of_sample : int
        Fresh scenarios for the risk figures (0 for none). Listed scenarios are the truth and need
        none.
    information : {"news", "clairvoyant"}
        ``clairvoyant`` lets every scenario be known from the start; for comparison only.
    time_limit : float, optional
        Seconds for the solver; the best plan until then is returned.
    gap : float, optional
        Relative gap at which the plan counts as optimal; omitted: 1e-6, or 1e-4 for more than
        2,000 distinct scenarios.
    method : {"auto", "extensive", "decomposed"}
        How to solve; ``auto`` decides by size, and the plan says what it chose.
    objective : MeanCvar, optional
        What is minimised; omitted: the expected cost.
    executor : concurrent.futures.Executor, optional
        Where large batches are computed, such as ``dask.distributed.Client.get_executor()``.
    workers : int, optional
        Processes on this machine, where there is no executor; omitted: one, or as many as there
        are cores for more than 2,000 distinct scenarios.
    checkpoint : path-like, optional
        Folder in which the state of a decomposition is kept; the same call goes on from there.
    progress : callable, optional
        Called with the name of each phase as it begins.
    watch : callable, optional
        Called with the :class:`~diversify.solver.state.State` of a decomposition after each plan
        that it looked at.
    prices : {"auto", "ranges"}
        ``ranges`` says over which levels the price of each policy holds, and what it is on either
        side, by solving again; ``auto`` does so only where the problem is so small that nobody
        notices.

    Returns
    -------
    Plan
        Certified, or stopped with a feasible point, at the time limit or by an interruption
        (Ctrl-C) while it was solved; its record says which.

    Raises
    ------
    InputError
        If anything in case, policies or scenarios is unclear.
    InfeasibleError
        If no plan keeps all limits; ``conflict`` says which clash, and the smallest change.
    UnboundedError, StoppedError, NotCertifiedError
        If there is no plan to return.
    KeyboardInterrupt
        If it was interrupted before there was a plan.

    Examples
    --------
    >>> import diversify as dv
    >>> plan = dv.solve(dv.example("first-steps"))
    >>> plan.status, plan.point, round(plan.objective, 6)
    ('optimal', 'certified', 11.75)
    """
    clock = Clock(progress)
    clock.start("build")
    job = prepare(case, policies, buyer=buyer, case_policies=case_policies, strict=True)
    clock.start("scenarios")
    batch = job_scenarios(job.network.case, scenarios, seed)
    job = with_exact_chances(with_safe_chances(job, batch), batch, objective)
    clock.start("compile")
    blocks = compile_build(job.build)
    clock.start("data")
    distinct, _ = batch.distinct()
    symbols = blocks.right.slope.shape[1]
    memory.check("the data of the scenarios", memory.data(distinct.count, symbols), distinct.count)
    theta, news = scenario_data(blocks, job.network, distinct, job.build.levels, information)
    trials = trial_data(blocks, job.network, job.build.levels)
    spread = ranges(blocks, theta)
    doubt = remark(spread)
    clock.start("solve")
    try:
        solution, whole = solve_with_trials(
            blocks,
            trials,
            lambda more: solve_batch(
                more,
                theta,
                distinct.probability,
                news,
                method=method,
                time_limit=time_limit,
                gap=gap,
                objective=objective,
                way=Way(
                    executor,
                    workers or usual_workers(distinct.count),
                    None if watch is None else lambda search: watch(search.state),
                    checkpoint=None if checkpoint is None else Path(checkpoint),
                ),
            ),
            lambda more: solve_extensive(more, *few(theta, distinct.probability, news)),
        )
    except InfeasibleError:
        clock.start("conflict")
        problem = (blocks, theta, distinct.probability, news, trials)
        raise refusal(lambda: clash(job, *problem)) from None
    solution = solution.priced(job.build.level_scale)
    clock.start("prices")
    held = price_ranges(
        whole,
        theta,
        distinct.probability,
        news,
        job.policies,
        solution,
        objective=objective,
        ask=prices == "ranges",
    )
    clock.start("evaluate")
    gone = lost(blocks, solution.plan, trials)
    view = make_view(job.network, blocks, solution.plan, solution.outcomes, gone)
    fresh, count = None, 0
    # Who interrupts wants the plan now.
    wanted = out_of_sample if solution.reason != "interrupted" else 0
    if batch.source != "listed" and batch.seed is not None and wanted > 0:
        try:
            draws = outages(job.network.case, wanted, batch.seed + 1)
            fresh = fresh_view(job, blocks, solution, draws, information)
            count = wanted
        except KeyboardInterrupt:
            # The plan is there already; only its figures in fresh scenarios are not.
            said = "interrupted before the plan was checked on fresh scenarios"
            solution = replace(solution, reason="interrupted", remarks=(*solution.remarks, said))
    clock.start("tables")
    return make_plan(job, batch, solution, view, fresh, count, clock, spread, doubt, held)


def explain(
    case: Case,
    *policies: Policy,
    buyer: str | Sequence[str] | None = None,
    scenarios: int | Scenarios | None = None,
    seed: int | None = None,
    case_policies: bool | None = None,
) -> Conflict | None:
    """Return why no plan keeps all limits, or None if one does.

    Parameters
    ----------
    case, policies, buyer, scenarios, seed, case_policies
        As in :func:`solve`.

    Returns
    -------
    Conflict or None
        The limits that clash and the smallest change that would do.

    Raises
    ------
    SolverError
        If no plan keeps all limits, and which of them clash could not be found in time.
    """
    job = prepare(case, policies, buyer=buyer, case_policies=case_policies)
    batch = job_scenarios(job.network.case, scenarios, seed)
    job = with_safe_chances(job, batch)
    blocks = compile_build(job.build)
    distinct, _ = batch.distinct()
    theta, news = scenario_data(blocks, job.network, distinct, job.build.levels)
    trials = trial_data(blocks, job.network, job.build.levels)
    problem = (blocks, theta, distinct.probability, news, trials)
    found = clash(job, *problem, most=EXPLAINED)
    if found is None and distinct.count > EXPLAINED:
        try:
            solve_with_trials(
                blocks,
                trials,
                # Any plan will do.
                lambda more: solve_batch(more, theta, distinct.probability, news, gap=ANY),
            )
        except InfeasibleError:
            found = clash(job, *problem)
    return found


def clash(
    job: Job,
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: Index,
    trials: Trials,
    most: int | None = None,
) -> Conflict | None:
    """Return the clash in a problem, with its cones as rows and with all that is to be survived."""
    whole = having(blocks, trials, np.arange(len(trials.losses)))
    whole, theta = without_curves(whole, theta, probability, news)
    firm = clashing(whole, theta, probability, news)
    return find_conflict(firm, theta, probability, news, job.policies, job.network, most=most)


def refusal(ask: Callable[[], Conflict | None]) -> InfeasibleError:
    """Return what to raise where no plan keeps all limits.

    Parameters
    ----------
    ask : callable
        Finds the conflict.

    Returns
    -------
    InfeasibleError
        With the conflict, or with why it was not found.
    """
    try:
        conflict = ask()
    except SolverError as error:
        return InfeasibleError(
            f"No plan keeps all limits. Which of them clash is not known: {error}"
        )
    return InfeasibleError(conflict.sentence() if conflict else "", conflict)


def template(case: Case, *policies: Policy, buyer: str | Sequence[str] | None = None) -> Any:
    """Return the Pyomo model of one scenario, to look at or to extend.

    Parameters
    ----------
    case : Case
        The case.
    *policies : Policy
        Policies whose rows it should have.
    buyer : str or sequence of str, optional
        As in :func:`solve`.

    Returns
    -------
    pyomo.environ.ConcreteModel
        With the blocks ``data``, ``level``, ``plan``, ``ops`` and ``expected``.
    """
    return prepare(case, policies, buyer=buyer, case_policies=False).build.model
