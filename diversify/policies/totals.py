"""Totals that shares are taken of, as variables of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diversify.formulation import Build
    from diversify.formulation.forms import Form


def total_variables(
    build: Build, policy: str, forms: Mapping[tuple[str, ...], tuple[Form, tuple[int, ...]]]
) -> Any:
    r"""Return a variable for each total, with the row that says what it is.

    .. math:: total_i = \textstyle\sum_l a_{i,l}\, book_{l,t} + \sum_{s,r} b_{i,s,r}\, run_{s,r,t}

    A row then holds its level in one coefficient: in the coefficients of a sum it could leave
    differences of two nearly equal numbers.

    Parameters
    ----------
    build : Build
        The template under construction.
    policy : str
        Name of the policy that they belong to.
    forms : mapping
        Index to form and periods.

    Returns
    -------
    pyomo.environ.Var
        By index; of either sign, as value added is.
    """
    plan = build.model.plan
    total = build.add_variable("plan", policy, list(forms), " total")
    build.add_balances(
        policy,
        list(forms),
        lambda *i: total[i] == forms[i][0].expression(plan, forms[i][1]),
        " total sum",
    )
    return total
