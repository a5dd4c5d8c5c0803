"""A case made ready to solve: its buyers, its template with policies, its scenarios, its clock."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pandas as pd

from diversify.case import Case
from diversify.compile.compiler import policies_added
from diversify.errors import Finding, InputError
from diversify.formulation import Build, Network, build_network, start_build
from diversify.policies import Policy, parse_policies
from diversify.policies.base import refuse_open
from diversify.policies.reading import named_apart
from diversify.scenarios import Scenarios, listed, outages, undisturbed
from diversify.solver import highs, memory

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """A case made ready: its network, its template with all policy rows."""

    network: Network
    build: Build
    policies: tuple[Policy, ...]


def prepare(
    case: Case,
    policies: Sequence[Policy],
    *,
    buyer: str | Sequence[str] | None = None,
    case_policies: bool | None = None,
) -> Job:
    """Return the template of a case for some buyers, with the rows of the policies.

    Parameters
    ----------
    case, policies, buyer, case_policies
        As in :func:`solve`.

    Returns
    -------
    Job
        Ready to be compiled.
    """
    case = restricted(case, buyer)
    own = not policies if case_policies is None else case_policies
    chosen = [*(parse_policies(case.policies) if own else ()), *policies]
    refuse_open(chosen)
    kept = named_apart(_without_repeats(chosen))
    network = build_network(case)
    build = policies_added(start_build(network), kept)
    return Job(network, build, kept)


def restricted(case: Case, buyer: str | Sequence[str] | None) -> Case:
    """Return the case of the buyers that are asked for, or of its default buyers."""
    names = buyer if buyer is not None else case.settings.buyer
    if not names:
        return case
    return case.for_buyers(*([names] if isinstance(names, str) else names))


def job_scenarios(case: Case, scenarios: int | Scenarios | None, seed: int | None) -> Scenarios:
    """Return the batch that a solve should use.

    Parameters
    ----------
    case : Case
        The case, restricted to its buyers.
    scenarios, seed
        As in :func:`solve`.

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
            raise InputError(
                [
                    Finding.error(
                        table="scenarios",
                        message="the batch has other periods or hazards than the case",
                        remedy=f"give {case.periods} periods and the hazards {', '.join(needed)}",
                    )
                ]
            )
        return scenarios.over(needed).possible()
    if case.scenario_source == "listed" and scenarios is None:
        return listed(case)
    count = case.settings.scenarios.count if scenarios is None else scenarios
    if count < 1:
        raise InputError(
            [
                Finding.error(
                    table="scenarios",
                    value=str(count),
                    message="the number of scenarios is below 1",
                    remedy="ask for one or more",
                )
            ]
        )
    hazards = case.table("hazards")
    if not (hazards["rate_per_year"] > 0).any():
        if scenarios is not None and len(hazards):
            raise InputError(
                [
                    Finding.error(
                        table="hazards",
                        column="rate_per_year",
                        message="scenarios are to be drawn, and no hazard has a rate",
                        remedy="give rates, or leave the number out to use listed scenarios",
                    )
                ]
            )
        return undisturbed(case)
    if seed is None:
        seed = case.settings.scenarios.seed
    if seed is None:
        seed = secrets.randbelow(2**31)
    if seed < 0:
        raise InputError(
            [
                Finding.error(
                    table="scenarios",
                    value=str(seed),
                    message="the seed is below 0",
                    remedy="give 0 or more",
                )
            ]
        )
    memory.check("a batch of draws", memory.draws(count, len(hazards), case.periods), count)
    return outages(case, count, seed)


class Clock:
    """Seconds of each phase."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._phase: str | None = None
        self._since = self._begin = time.perf_counter()

    def start(self, phase: str) -> None:
        """End the running phase and begin another."""
        now = time.perf_counter()
        if self._phase is not None:
            self.seconds[self._phase] = now - self._since
        self._phase, self._since = phase, now
        if self._progress is not None:
            self._progress(phase)

    def stop(self) -> dict[str, float]:
        """End the running phase and return the seconds of all, with their total."""
        now = time.perf_counter()
        if self._phase is not None:
            self.seconds[self._phase] = now - self._since
        return {**self.seconds, "total": now - self._begin}


def _without_repeats(policies: Sequence[Policy]) -> list[Policy]:
    kept: list[Policy] = []
    for policy in policies:
        if policy not in kept:
            kept.append(policy)
    return kept


def versions() -> dict[str, str]:
    """Return the versions of the packages that decide numbers."""
    found = {"highs": highs.version(), "numpy": np.__version__, "pandas": pd.__version__}
    for name, package in (("diversify", "diversify-supply"), ("pyomo", "pyomo")):
        try:
            found[name] = version(package)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
