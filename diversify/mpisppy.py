"""A bridge to mpi-sppy: each scenario of a case as the Pyomo model that it expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from diversify.case import Case
from diversify.compile.compiler import compile_build
from diversify.errors import Finding, InputError
from diversify.formulation import Build
from diversify.jobs import job_scenarios, prepare
from diversify.policies import Policy
from diversify.scenarios import Scenarios
from diversify.solver.data import scenario_data


@dataclass(frozen=True, eq=False)
class ScenarioCreator:
    """Makes the model of a scenario by its name; mpi-sppy calls it.

    Attributes
    ----------
    case : Case
        The case.
    policies : tuple of Policy
        All policies that the models keep.
    buyer : str, sequence of str or None
        Whom it is for.
    scenarios : Scenarios
        The distinct scenarios.
    names : tuple of str
        Their names for mpi-sppy, which wants a number at the end.
    theta : numpy.ndarray
        Value of each data symbol and policy level, shape (S, P).
    """

    case: Case
    policies: tuple[Policy, ...]
    buyer: str | Sequence[str] | None
    scenarios: Scenarios
    names: tuple[str, ...]
    theta: NDArray[np.float64]

    def __call__(self, scenario_name: str, **_: Any) -> Any:
        """Return the model of one scenario, with its probability and its root node.

        Parameters
        ----------
        scenario_name : str
            One of ``names``.

        Returns
        -------
        pyomo.environ.ConcreteModel
            As :func:`diversify.template` builds it, with the data of the scenario fixed.

        Raises
        ------
        InputError
            If there is no such scenario.
        """
        if scenario_name not in self.names:
            raise _refused(
                "scenario", str(scenario_name), "there is no such scenario", "use the names given"
            )
        position = self.names.index(scenario_name)
        build = prepare(self.case, self.policies, buyer=self.buyer, case_policies=False).build
        model = build.model
        symbols = [*_variables(model.data), *_variables(model.level)]
        for symbol, value in zip(symbols, self.theta[position], strict=True):
            symbol.fix(float(value))
        model._mpisppy_probability = float(self.scenarios.probability[position])
        _sputils().attach_root_node(
            model, sum(model.plan.cost[kind] for kind in model.plan.cost), _variables(model.plan)
        )
        return model


def scenario_creator(
    case: Case,
    *policies: Policy,
    buyer: str | Sequence[str] | None = None,
    scenarios: int | Scenarios | None = None,
    seed: int | None = None,
    case_policies: bool | None = None,
) -> tuple[ScenarioCreator, list[str]]:
    """Return a scenario creator for mpi-sppy, and the names of its scenarios.

    A scenario model holds everything that one scenario needs: what may not differ from the plan
    before the first disruption is in its rows (R10). Equal scenarios are merged.

    Parameters
    ----------
    case, policies, buyer, scenarios, seed, case_policies
        As in :func:`diversify.solve`.

    Returns
    -------
    ScenarioCreator
        For the argument ``scenario_creator`` of mpi-sppy's classes.
    list of str
        For their argument ``all_scenario_names``.

    Raises
    ------
    InputError
        If mpi-sppy is not installed, anything given is unclear, or a policy limits an expectation
        or CVaR: such a row couples all scenarios, and mpi-sppy sees one scenario at a time.

    Examples
    --------
    ::

        creator, names = dv.scenario_creator(dv.example("first-steps"))
        ef = mpisppy.opt.ef.ExtensiveForm({"solver": "appsi_highs"}, names, creator)
        ef.solve_extensive_form()
    """
    _sputils()
    job = prepare(case, policies, buyer=buyer, case_policies=case_policies)
    _refuse_coupling(job.build)
    distinct, _ = job_scenarios(job.network.case, scenarios, seed).possible().distinct()
    theta, _ = scenario_data(compile_build(job.build), job.network, distinct, job.build.levels)
    names = tuple(f"Scenario{number}" for number in range(1, distinct.count + 1))
    creator = ScenarioCreator(case, job.policies, buyer, distinct, names, theta)
    return creator, list(names)


def _refuse_coupling(build: Build) -> None:
    rows = build.model.expected.component_data_objects(pyo.Constraint, active=True)
    coupled = sorted({build.rows.get(id(row), "a rule of your own") for row in rows})
    if coupled:
        raise InputError(
            [
                Finding.error(
                    table="policy",
                    value=name,
                    message=f"policy {name!r}: its row holds in expectation and couples all "
                    "scenarios, which mpi-sppy's scenario models cannot express",
                    remedy='use measure = "worst", or diversify.solve',
                )
                for name in coupled
            ]
        )


def _variables(block: Any) -> list[Any]:
    return list(block.component_data_objects(pyo.Var, descend_into=True))


def _sputils() -> Any:
    try:
        return import_module("mpisppy.utils.sputils")
    except ModuleNotFoundError:
        raise _refused(
            None,
            None,
            "mpi-sppy is not installed",
            "pip install 'diversify-supply[mpi]'",
        ) from None


def _refused(column: str | None, value: str | None, message: str, remedy: str) -> InputError:
    return InputError(
        [
            Finding.error(
                table="mpi-sppy", column=column, value=value, message=message, remedy=remedy
            )
        ]
    )
