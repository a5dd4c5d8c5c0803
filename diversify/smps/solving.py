"""Solve a two-stage stochastic program, over all its scenarios or over a sample of them."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.errors import Finding, InputError
from diversify.risk.mean_cvar import MeanCvar
from diversify.smps.program import Batch, StochasticProgram
from diversify.smps.sampling import true_optimum
from diversify.solver.certificate import Certificate
from diversify.solver.decomposed import Way
from diversify.solver.information import information_values
from diversify.solver.methods import Method, solve_batch, usual_workers
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
# A list of all scenarios has no error of a draw that a wider gap could hide behind.
LISTED = 1e-6
# Distinct scenarios from which a second process is worth its start.
MANY = 50_000
QUICK = 300_000
"""Scenarios times non-zeros up to which it is computed what knowing is worth, without asking."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The optimum of a stochastic program, in the sense of its files.

    Attributes
    ----------
    status, point : str
        Why the solver stopped, and what the point is.
    objective, bound, gap : float
        What the plan is worth, what no plan can pass, and their relative distance.
    certificate : Certificate or None
        Its proof.
    scenarios, distinct_scenarios : int
        Scenarios that were solved, before and after equal ones were put together.
    support : int or None
        Scenarios that may happen; None for a continuous distribution.
    method : str
        How it was solved.
    seconds : float
        In all.
    seed : int or None
        What the sample was drawn with; None where all scenarios were listed.
    first_stage : dict
        Value of each column of the first stage.
    low, high : float or None
        Interval that holds the true optimum with 95 % confidence; None where all scenarios were
        listed, or where that side has no bound.
    recourse : str
        ``"fixed"`` or ``"random"``.
    warnings : tuple of str
        What is doubtful.
    value_of_perfect_information, value_of_stochastic_solution : float or None
        What it would be worth to know the scenario beforehand, and what it is worth not to plan
        for the mean of all data, over the scenarios that were solved; None where that was not asked
        for and would take long, or where the plan for the mean has no recourse in some scenario.
    """

    status: str
    point: str
    objective: float
    bound: float
    gap: float
    certificate: Certificate | None
    scenarios: int
    distinct_scenarios: int
    support: int | None
    method: str
    seconds: float
    seed: int | None
    first_stage: dict[str, float]
    low: float | None
    high: float | None
    recourse: str
    warnings: tuple[str, ...]
    value_of_perfect_information: float | None = None
    value_of_stochastic_solution: float | None = None

    @property
    def record(self) -> dict[str, Any]:
        """The answer as plain data that JSON can hold; zeros of the first stage are left out."""
        proof = self.certificate
        found = {name: getattr(self, name) for name in self.__slots__}
        found["bound"] = self.bound if np.isfinite(self.bound) else None
        found["certificate"] = (
            None
            if proof is None
            else {"primal": proof.primal, "dual": proof.dual, "gap": proof.gap}
        )
        found["first_stage"] = [
            {"name": name, "value": value}
            for name, value in self.first_stage.items()
            if value != 0.0
        ]
        found["warnings"] = list(self.warnings)
        return found


def solve(
    program: StochasticProgram,
    *,
    scenarios: int | None = None,
    seed: int | None = None,
    method: Method = "auto",
    objective: MeanCvar | None = None,
    values: bool | None = None,
    gap: float | None = None,
    time_limit: float | None = None,
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Answer:
    r"""Return the best first stage of a stochastic program, with its proof.

    Parameters
    ----------
    program : StochasticProgram
        What :func:`~diversify.smps.reading.read` returned.
    scenarios : int, optional
        Number of draws; omitted: all scenarios that may happen are listed.
    seed : int, optional
        Of the draws; omitted: a new one, which the answer names.
    method : {"auto", "extensive", "decomposed"}
        As in :func:`diversify.solve`.
    objective : MeanCvar, optional
        Mean and conditional value at risk of the cost, which for a program that is maximised is
        minus its profit; omitted: the mean.
    values : bool, optional
        Whether to compute what perfect information and the stochastic solution are worth; omitted:
        where that is quick. They are those of the expected cost.
    gap : float, optional
        Relative gap at which the plan counts as optimal; omitted: 1e-6 where all scenarios are
        listed, as in :func:`diversify.solve` where they are drawn.
    time_limit : float, optional
        Seconds for the program; the best plan until then is returned, without an interval.
    workers : int, optional
        Processes; omitted: as many as there are cores beyond 50,000 distinct scenarios, else one.
    progress : callable, optional
        Called with the name of each phase as it begins.

    Returns
    -------
    Answer
        With an interval on the true optimum where scenarios were drawn.

    Raises
    ------
    InputError
        If there are too many scenarios to list.
    InfeasibleError, UnboundedError, StoppedError, NotCertifiedError
        Where there is no plan, or none that may be called optimal.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from diversify.smps import read
    >>> texts = {
    ...     "cor": "ROWS| N cost| G need|COLUMNS| x cost 1 need 1| y cost 3 need 1",
    ...     "tim": "PERIODS| x cost now| y need later",
    ...     "sto": "INDEP DISCRETE| RHS need 2 later 0.5| RHS need 6 later 0.5",
    ... }
    >>> with TemporaryDirectory() as folder:
    ...     for ending, text in texts.items():
    ...         lines = [*text.split("|"), "ENDATA"]
    ...         _ = Path(folder, f"p.{ending}").write_text("\n".join(lines))
    ...     answer = solve(read(folder))
    >>> round(answer.objective, 9), answer.first_stage, answer.scenarios
    (6.0, {'x': 6.0}, 2)
    """
    since = time.perf_counter()
    report = progress or (lambda phase: None)
    if scenarios is not None and scenarios < 1:
        finding = Finding.error(
            table="solve",
            column="scenarios",
            value=str(scenarios),
            message="fewer than one scenario",
            remedy="draw at least one",
        )
        raise InputError([finding])
    warnings = [str(finding) for finding in program.warnings]
    options: dict[str, Any] = {"method": method, "gap": gap}
    if gap is None and scenarios is None:
        options["gap"] = LISTED
    if objective is not None and not objective.plain:
        options["objective"] = objective

    def solved(blocks: Blocks, batch: Batch, limit: float | None = None) -> Solution:
        count = len(batch.theta)
        news = np.zeros(count, dtype=np.int64)
        way = Way(workers=workers or (usual_workers(count) if count > MANY else 1))
        return solve_batch(
            blocks, batch.theta, batch.probability, news, time_limit=limit, way=way, **options
        )

    if scenarios is None:
        seed = None
        report("list the scenarios")
        batch = program.scenarios()
    else:
        seed = secrets.randbelow(2**31) if seed is None else seed
        report("draw the scenarios")
        batch = program.sample(scenarios, [seed, 0])
    report("solve")
    solution = solved(program.blocks, batch, time_limit)
    low = high = None
    if solution.point != "certified":
        values = False
    if seed is not None and solution.point != "certified":
        warnings.append("the program was not solved to the end, so there is no interval")
    elif seed is not None:
        report("bound the true optimum")
        interval = true_optimum(program, solution, batch, seed, options.get("objective"), solved)
        low, high = interval.low, interval.high
        if high is None:
            warnings.append(
                "in a fresh draw the plan has no recourse, so that side of the true optimum has "
                "no bound: draw more scenarios"
            )
    if solution.remarks:
        warnings.extend(solution.remarks)
    worth = None
    plain = "objective" not in options
    if values or (values is None and plain and _quick(program.blocks, batch)):
        report("solve each scenario alone")
        mean = solution if plain else _least_mean(program.blocks, batch, method)
        worth = information_values(program.blocks, batch.theta, batch.probability, mean.objective)
    sign = -1.0 if program.maximise else 1.0
    if program.maximise:
        low, high = (None if side is None else -side for side in (high, low))
    return Answer(
        status=solution.status,
        point=solution.point,
        objective=sign * solution.objective,
        bound=sign * solution.bound,
        gap=solution.gap,
        certificate=solution.certificate,
        scenarios=batch.count,
        distinct_scenarios=len(batch.theta),
        support=program.support,
        method=solution.method,
        seconds=time.perf_counter() - since,
        seed=seed,
        first_stage=dict(zip(program.first_stage, solution.plan.tolist(), strict=True)),
        low=low,
        high=high,
        recourse=program.recourse,
        warnings=tuple(warnings),
        value_of_perfect_information=None if worth is None else worth.of_perfect_information,
        value_of_stochastic_solution=None
        if worth is None or not math.isfinite(worth.mean_value)
        else worth.of_stochastic_solution,
    )


def _least_mean(blocks: Blocks, batch: Batch, method: Method) -> Solution:
    """Return the plan with the least expected cost."""
    news = np.zeros(len(batch.theta), dtype=np.int64)
    return solve_batch(blocks, batch.theta, batch.probability, news, method=method)


def _quick(blocks: Blocks, batch: Batch) -> bool:
    """Say whether solving each scenario alone takes about a second at most."""
    work = len(batch.theta) * max(blocks.matrix.nnz, 1_000)
    return work <= QUICK and not blocks.integer.any()
