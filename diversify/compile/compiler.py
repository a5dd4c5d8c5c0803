"""Pyomo to Blocks: one compile, then every scenario and every policy level is a sparse product."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sp
from pyomo.common.errors import InvalidConstraintError, InvalidExpressionError
from pyomo.repn import generate_standard_repn
from pyomo.repn.plugins.parameterized_standard_form import (
    ParameterizedLinearStandardFormCompiler,
)

from diversify.case import Case
from diversify.compile.blocks import (
    EXPECTED,
    OPS,
    PLAN,
    TRIAL,
    Affine,
    Blocks,
    Cone,
    Curve,
    make_label,
)
from diversify.errors import Finding, InputError
from diversify.formulation import Build, build_network, start_build
from diversify.formulation.twins import period_rows, twins
from diversify.losses import Losses

NUMBERS = (int, float, np.floating, np.integer)


def compile_build(build: Build) -> Blocks:
    """Return the arrays of a finished template.

    Parameters
    ----------
    build : Build
        The template with all policies.

    Returns
    -------
    Blocks
        Affine in every data symbol and policy level, with labels for rows and columns.

    Raises
    ------
    InputError
        If a rule is not linear, or not affine in the data, with its name and the term.
    """
    m = build.model
    symbols = [*_data(m.data), *_data(m.level)]
    position = {id(v): i for i, v in enumerate(symbols)}
    first, second = _data(m.plan), _data(m.ops)
    columns = [*first, *second]
    where = {id(v): i for i, v in enumerate(columns)}
    try:
        info = ParameterizedLinearStandardFormCompiler().write(
            m,
            mixed_form=True,
            wrt=[*_components(m.data), *_components(m.level)],
            column_order=[*_components(m.plan), *_components(m.ops)],
        )
    except (InvalidConstraintError, InvalidExpressionError) as error:
        raise _refused(str(error)) from None
    if [id(v) for v in info.columns] != [id(v) for v in columns]:
        # Pyomo 6.10.1 drops columns without a non-zero unless each is in column_order.
        raise _refused("a rule uses a variable outside the blocks plan and ops")
    labels = [_label(row.constraint) for row in info.rows]
    count = len(info.A.data)
    # One is added so that position 0 is not a stored zero, which scipy would be free to drop.
    pattern = sp.csc_array(
        (np.arange(1, count + 1), info.A.indices, info.A.indptr), shape=info.A.shape
    ).tocsr()
    pattern.data -= 1
    where_row = {id(row.constraint): i for i, row in enumerate(info.rows)}
    policies = tuple(build.levels)
    policy = np.full(len(info.rows), -1, dtype=np.int64)
    for key, name in build.rows.items():
        if key in where_row:
            policy[where_row[key]] = policies.index(name)
    stage = np.array([_stage(row.constraint, m) for row in info.rows], dtype=np.int8)
    trial = [i for i, name in enumerate(policies) if name in build.trial]
    stage[(stage == OPS) & np.isin(policy, trial)] = TRIAL
    row_period = np.full(len(info.rows), -1, dtype=np.int64)
    for key, t in period_rows(m).items():
        if key in where_row:
            row_period[where_row[key]] = t
    column_period = np.full(len(columns), -1, dtype=np.int64)
    twin = np.full(len(columns), -1, dtype=np.int64)
    for key, (t, var) in twins(m).items():
        column_period[where[key]] = t
        twin[where[key]] = -1 if var is None else where[id(var)]
    cost_base = np.zeros(len(columns))
    cost_entries = _affine(list(info.c.data), position, ["the objective"] * len(info.c.data))
    touched = np.repeat(np.arange(len(columns)), np.diff(info.c.indptr))
    cost_base[touched] = cost_entries.base
    spread = sp.csr_array(
        (np.ones(len(touched)), (touched, np.arange(len(touched)))),
        shape=(len(columns), len(touched)),
    )
    entry_rows = [labels[i] for i in info.A.indices]
    return Blocks(
        columns=tuple(_label(v) for v in columns),
        rows=tuple(labels),
        symbols=tuple(_label(v) for v in symbols),
        first=len(first),
        matrix=pattern,
        entries=_affine(list(info.A.data), position, entry_rows),
        right=_affine(list(info.rhs), position, labels),
        sense=np.array([-row.bound_type for row in info.rows], dtype=np.int8),
        stage=stage,
        cost=Affine(cost_base, sp.csr_array(spread @ cost_entries.slope)),
        offset=float(np.sum(info.c_offset)),
        lower=np.array([-np.inf if v.lb is None else v.lb for v in columns], dtype=float),
        upper=np.array([np.inf if v.ub is None else v.ub for v in columns], dtype=float),
        integer=np.array([v.is_integer() or v.is_binary() for v in columns]),
        column_period=column_period,
        row_period=row_period,
        twin=twin,
        policy=policy,
        policies=policies,
        levels={name: position[id(build.symbols[name])] for name in policies},
        forms=_forms(m, where),
        cones=tuple(
            Cone(
                policies.index(cone.policy),
                tuple(str(part) for part in cone.index),
                np.array([where[id(part)] for part in cone.parts], dtype=np.int64),
                np.sqrt(np.array(cone.weights, dtype=np.float64)),
                where[id(cone.whole)],
                position[id(build.symbols[cone.policy])],
            )
            for cone in build.cones
        ),
        curves=tuple(
            Curve(
                policies.index(curve.policy),
                curve.index,
                where[id(curve.beside)] - len(first),
                where[id(curve.value)] - len(first),
                where[id(curve.middle)],
                -1 if curve.width is None else where[id(curve.width)],
                -1 if curve.above is None else where[id(curve.above)],
                curve.parts,
                curve.divergence,
                curve.radius,
                curve.scale,
                curve.weight,
            )
            for curve in build.curves
        ),
    )


def _components(block: Any) -> list[Any]:
    return list(block.component_objects(pyo.Var, descend_into=True))


def _data(block: Any) -> list[Any]:
    return [v for component in _components(block) for v in component.values()]


def _label(component: Any) -> str:
    parent = component.parent_component()
    names, block = [parent._name], parent.parent_block()
    while block.parent_block() is not None:
        # Pyomo 6.10 puts quotes around a name with a dot or a quote in `name` and `local_name`.
        names.insert(0, block._name)
        block = block.parent_block()
    if not parent.is_indexed():
        return make_label(".".join(names))
    index = component.index()
    return make_label(".".join(names), *(index if isinstance(index, tuple) else (index,)))


def _stage(row: Any, m: pyo.ConcreteModel) -> int:
    block = row.parent_component().parent_block()
    if block is m.plan:
        return PLAN
    return EXPECTED if block is m.expected else OPS


def _affine(entries: list[Any], position: dict[int, int], labels: list[str]) -> Affine:
    base = np.zeros(len(entries))
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for i, entry in enumerate(entries):
        if isinstance(entry, NUMBERS):
            base[i] = entry
            continue
        form = generate_standard_repn(entry)
        if form.nonlinear_expr is not None or form.quadratic_vars:
            raise _refused(f"{labels[i]} is not affine in the scenario data: {entry}")
        base[i] = pyo.value(form.constant)
        for factor, symbol in zip(form.linear_coefs, form.linear_vars, strict=True):
            rows.append(i)
            columns.append(position[id(symbol)])
            values.append(float(pyo.value(factor)))
    slope = sp.csr_array((values, (rows, columns)), shape=(len(entries), len(position)))
    return Affine(base, slope)


def _forms(m: pyo.ConcreteModel, where: dict[int, int]) -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    for block, name in ((m.plan, "plan cost"), (m.ops, "cost")):
        for kind in block.cost:
            found[name, kind] = _vector(block.cost[kind].expr, where)
    for (b, c, _, _), var in m.ops.short.items():
        key = ("short", b, c)
        if key not in found:
            found[key] = np.zeros(len(where))
        found[key][where[id(var)]] += 1.0
    return found


def _vector(expression: Any, where: dict[int, int]) -> Any:
    vector = np.zeros(len(where))
    if isinstance(expression, NUMBERS):
        return vector
    form = generate_standard_repn(expression)
    for factor, var in zip(form.linear_coefs, form.linear_vars, strict=True):
        vector[where[id(var)]] += factor
    return vector


def _refused(message: str) -> InputError:
    return InputError(
        [Finding.error(table="model", message=message, remedy="use linear rules on plan and ops")]
    )


def build_with(case: Case, policies: Iterable[Any]) -> Build:
    """Return the template of a case with the rows of policies.

    Parameters
    ----------
    case : Case
        A checked case.
    policies : iterable of Policy
        Each with a name of its own.

    Returns
    -------
    Build
        Its network knows the losses that the policies ask to survive.
    """
    kept = list(policies)
    network = build_network(case)
    losses = Losses()
    for policy in kept:
        losses = losses.joined(policy.losses(network))
    if losses:
        network = build_network(case, losses)
    return policies_added(start_build(network), kept)


def policies_added(build: Build, policies: Iterable[Any]) -> Build:
    """Add each policy's rows to a build and return it."""
    for policy in policies:
        policy.constrain(build)
    return build
