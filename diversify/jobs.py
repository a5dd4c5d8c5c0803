"""A case made ready to solve: its buyers, its template with policies, its scenarios, its clock."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pandas as pd

from diversify.case import Case
from diversify.compile.compiler import build_with
from diversify.errors import Finding, InputError
from diversify.formulation import Build, Network
from diversify.policies import Policy, parse_policies
from diversify.policies.arithmetic import refuse_impossible
from diversify.policies.base import refuse_open
from diversify.policies.budgets import kept_safely
from diversify.policies.reading import named_apart
from diversify.policies.remarks import remarks, without_repeats
from diversify.result.plan import Plan
from diversify.scenarios import Scenarios, drawn, listed, outages, undisturbed
from diversify.scenarios.hazards import announced
from diversify.solver import highs, memory

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """A case made ready: its network, its template with all policy rows, what is to be said."""

    network: Network
    build: Build
    policies: tuple[Policy, ...]
    remarks: tuple[str, ...] = ()


def prepare(
    case: Case,
    policies: Sequence[Policy],
    *,
    buyer: str | Sequence[str] | None = None,
    case_policies: bool | None = None,
    strict: bool = False,
) -> Job:
    """Return the template of a case for some buyers, with the rows of the policies.

    Parameters
    ----------
    case, policies, buyer, case_policies
        As in :func:`solve`.
    strict : bool
        Whether caps and floors that no volumes can keep are refused before anything is solved.

    Returns
    -------
    Job
        Ready to be compiled.
    """
    case = restricted(case, buyer)
    own = not policies if case_policies is None else case_policies
    chosen = [*(parse_policies(case.policies) if own else ()), *policies]
    refuse_open(chosen)
    once, repeated = without_repeats(chosen)
    kept = named_apart(once)
    build = build_with(case, kept)
    if strict:
        refuse_impossible(build.network, kept)
    found = (*repeated, *remarks(build.network, kept))
    return Job(build.network, build, kept, tuple(str(finding) for finding in found))


def ready(plan: Plan) -> Job:
    """Return the case of a plan with the rows of its policies, made ready once for several uses."""
    return prepare(plan.case, plan.policies, buyer=list(plan.case.buyers), case_policies=False)


def with_safe_chances(job: Job, batch: Scenarios) -> Job:
    """Return the job with every chance kept by CVaR where scenarios are many.

    Parameters
    ----------
    job : Job
        As prepared.
    batch : Scenarios
        What it is to be solved over.

    Returns
    -------
    Job
        The same where no budget limits a chance, or there are few scenarios.
    """
    if kept_safely(job.policies, batch.count) == job.policies:
        return job
    safe = kept_safely(job.policies, batch.distinct()[0].count)
    if safe == job.policies:
        return job
    build = build_with(job.network.case, safe)
    return Job(build.network, build, safe, job.remarks)


def restricted(case: Case, buyer: str | Sequence[str] | None) -> Case:
    """Return the case of the buyers that are asked for, or of its default buyers."""
    names = buyer if buyer is not None else case.settings.buyer
    if not names:
        return case
    return case.for_buyers(*([names] if isinstance(names, str) else names))


def job_scenarios(
    case: Case, scenarios: int | Scenarios | None, seed: int | None, *, plain: bool = False
) -> Scenarios:
    """Return the batch that a solve should use.

    Parameters
    ----------
    case : Case
        The case, restricted to its buyers.
    scenarios, seed
        As in :func:`solve`.
    plain : bool
        Whether draws are to be equally likely and independent, whatever method the case asks for:
        only of such draws is it known how far a figure may be off.

    Returns
    -------
    Scenarios
        Given, listed or drawn.

    Raises
    ------
    InputError
        If a batch does not fit the case, draws are asked for and no hazard has a rate, or they need
        more memory than there is.
    """
    if isinstance(scenarios, Scenarios):
        needed = sorted(case.table("hazards")["hazard"])
        if not set(needed) <= set(scenarios.hazards) or scenarios.periods != case.periods:
            raise _refused(
                "scenarios",
                "the batch has other periods or hazards than the case",
                f"give {case.periods} periods and the hazards {', '.join(needed)}",
            )
        if not scenarios.announced:
            scenarios = dataclasses.replace(scenarios, announced=announced(case))
        return scenarios.over(needed).possible()
    if case.scenario_source == "listed" and scenarios is None:
        return listed(case).possible()
    count = case.settings.scenarios.count if scenarios is None else scenarios
    if count < 1:
        message = "the number of scenarios is below 1"
        raise _refused("scenarios", message, "ask for one or more", value=str(count))
    hazards = case.table("hazards")
    if not ((hazards["rate_per_year"] > 0) | (hazards["shock"] != "")).any():
        if scenarios is not None and len(hazards):
            raise _refused(
                "hazards",
                "scenarios are to be drawn, and no hazard has a rate",
                "give rates, or leave the number out to use listed scenarios",
                column="rate_per_year",
            )
        return undisturbed(case)
    if seed is None:
        seed = case.settings.scenarios.seed
    if seed is None:
        seed = secrets.randbelow(2**31)
    if seed < 0:
        raise _refused("scenarios", "the seed is below 0", "give 0 or more", value=str(seed))
    pairs = case.table("correlations")
    joint = len({*pairs["hazard_a"], *pairs["hazard_b"]})
    need = memory.draws(count, len(hazards), case.periods, joint)
    memory.check("a batch of draws", need, count)
    return outages(case, count, seed) if plain else drawn(case, count, seed)


def _refused(
    table: str, message: str, remedy: str, *, column: str | None = None, value: str | None = None
) -> InputError:
    finding = Finding.error(table=table, column=column, value=value, message=message, remedy=remedy)
    return InputError([finding])


class Clock:
    """Seconds of each phase."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._phase: str | None = None
        self._since = self._begin = time.perf_counter()

    def start(self, phase: str) -> None:
        """End the running phase and begin another."""
        self._since, self._phase = self._end(), phase
        if self._progress is not None:
            self._progress(phase)

    def stop(self) -> dict[str, float]:
        """End the running phase and return the seconds of all, with their total."""
        now = self._end()
        return {**self.seconds, "total": now - self._begin}

    def _end(self) -> float:
        """Note the seconds of the running phase, and return what time it is."""
        now = time.perf_counter()
        if self._phase is not None:
            self.seconds[self._phase] = now - self._since
        return now


def versions() -> dict[str, str]:
    """Return the versions of the packages that decide numbers."""
    found = {"highs": highs.version(), "numpy": np.__version__, "pandas": pd.__version__}
    for name, package in (("diversify", "diversify-supply"), ("pyomo", "pyomo")):
        try:
            found[name] = version(package)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
