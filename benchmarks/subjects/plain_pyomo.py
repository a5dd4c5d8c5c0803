"""The extensive form in plain Pyomo: a model for each scenario, tied together by equalities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sp
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from benchmarks.clock import Clock
from benchmarks.registry import Options, Repetition
from benchmarks.work import Work, solved, work
from diversify.compile.compiler import compile_build, policies_added
from diversify.formulation import start_build
from diversify.solver.data import scenario_data
from diversify.solver.problem import Problem


def run(options: Options) -> Repetition:
    """Build every scenario as a Pyomo model, join them, write the matrices, solve."""
    given = work(options)
    first = policies_added(start_build(given.network), given.policies)
    theta, _ = scenario_data(compile_build(first), given.network, given.batch, first.levels)
    clock = Clock()
    with clock.phase("build"):
        model = _joined(given, theta)
    with clock.phase("matrices"):
        problem = matrices(model)
    _, optimum = solved(problem, clock)
    return Repetition(clock.total(), given.sizes(problem), {"optimum": optimum})


def _variables(block: Any) -> list[Any]:
    return list(block.component_data_objects(pyo.Var, descend_into=True))


def _joined(given: Work, theta: Any) -> Any:
    joined = pyo.ConcreteModel()
    probability = given.batch.probability.tolist()
    scenarios = range(len(probability))
    models = []
    for s in scenarios:
        model = policies_added(start_build(given.network), given.policies).model
        for symbol, value in zip(
            [*_variables(model.data), *_variables(model.level)], theta[s], strict=True
        ):
            symbol.fix(float(value))
        model.total.deactivate()
        joined.add_component(f"scenario_{s}", model)
        models.append(model)
    plans = [_variables(model.plan) for model in models]
    joined.same_plan = pyo.Constraint(
        scenarios[1:], range(len(plans[0])), rule=lambda _, s, i: plans[s][i] == plans[0][i]
    )
    rows = [
        list(model.expected.component_data_objects(pyo.Constraint, active=True)) for model in models
    ]
    joined.expected = pyo.Constraint(
        range(len(rows[0])),
        rule=lambda _, i: (
            sum(p * rows[s][i].body for s, p in enumerate(probability)) <= rows[0][i].upper
        ),
    )
    for row in (row for found in rows for row in found):
        row.deactivate()
    joined.cost = pyo.Objective(
        expr=sum(p * model.total.expr for p, model in zip(probability, models, strict=True))
    )
    return joined


def matrices(model: Any) -> Problem:
    """Return the arrays of a Pyomo model."""
    info = LinearStandardFormCompiler().write(model, mixed_form=True)
    right = np.array(info.rhs, dtype=float)
    kind = np.array([row.bound_type for row in info.rows])
    bounds = [(v.lb, v.ub) for v in info.columns]
    return Problem(
        sp.csr_array(info.A),
        np.asarray(info.c.toarray()).ravel(),
        np.array([-np.inf if low is None else low for low, _ in bounds], dtype=float),
        np.array([np.inf if high is None else high for _, high in bounds], dtype=float),
        np.where(kind <= 0, right, -np.inf),
        np.where(kind >= 0, right, np.inf),
        np.array([v.is_integer() or v.is_binary() for v in info.columns]),
        float(np.sum(info.c_offset)),
    )
