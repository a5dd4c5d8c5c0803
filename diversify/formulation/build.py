"""What a policy gets to add its rows: the template, the network, and its levels as symbols."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import pyomo.environ as pyo

from diversify.formulation.network import Network
from diversify.formulation.template import build_template

Where = Literal["plan", "ops", "expected"]


@dataclass(frozen=True, slots=True)
class ConeRow:
    """A round limit on first-stage variables: the root of a weighted sum of squares.

    Attributes
    ----------
    policy : str
        Name of the policy.
    index : tuple of str
        What tells it from others of its policy.
    parts : list
        Variables on the plan, 0 or more.
    weights : list of float
        Weight of the square of each.
    whole : pyomo variable
        On the plan; the root is at most the level's symbol times this.
    """

    policy: str
    index: tuple[str, ...]
    parts: list[Any]
    weights: list[float]
    whole: Any


@dataclass(frozen=True, slots=True)
class CurveRow:
    """A curved limit on losses of scenarios, as :func:`diversify.risk.curved.worst_mean` writes it.

    Attributes
    ----------
    policy : str
        Name of the policy.
    index : tuple of str
        What tells it from others of its policy.
    beside, value : pyomo variable
        On ``ops``: the loss less the middle, and what it is at least worth.
    middle, width, above : pyomo variable or None
        On ``plan``: where the curve has its middle, how wide it is, and the threshold above which
        losses count.
    parts : dict
        Share of each named form of a scenario in the loss.
    divergence : str
        Its name.
    radius, scale, weight : float
        How far distributions may be, the width where it is a number, and what the worst mean counts
        for in the limit.
    """

    policy: str
    index: tuple[str, ...]
    beside: Any
    value: Any
    middle: Any
    width: Any
    above: Any
    parts: dict[tuple[str, ...], float]
    divergence: str
    radius: float
    scale: float
    weight: float


@dataclass
class Build:
    """The template under construction.

    Attributes
    ----------
    model : pyomo.environ.ConcreteModel
        The Pyomo model of one scenario.
    network : Network
        The network of the case.
    levels : dict
        Value of each policy level, by the name of the policy.
    symbols : dict
        Symbol of each policy level, by the name of the policy.
    rows : dict
        Name of the policy that each policy row belongs to, by ``id`` of the Pyomo row.
    cones : list of ConeRow
        Round limits, of which the model has tangents only.
    curves : list of CurveRow
        Curved limits on losses, of which the model has two tangents only.
    level_scale : dict
        Change of a level's symbol with the level, by the name of the policy, where it is not 1.
    trial : set of str
        Names of the policies whose scenario rows count in the losses that they ask to survive only.
    """

    model: pyo.ConcreteModel
    network: Network
    levels: dict[str, float] = field(default_factory=dict)
    symbols: dict[str, Any] = field(default_factory=dict)
    rows: dict[int, str] = field(default_factory=dict)
    cones: list[ConeRow] = field(default_factory=list)
    curves: list[CurveRow] = field(default_factory=list)
    level_scale: dict[str, float] = field(default_factory=dict)
    trial: set[str] = field(default_factory=set)

    def level(self, policy: str, value: float, scale: float = 1.0) -> Any:
        """Return the symbol of a policy's level, which can be swept without a new compile.

        Parameters
        ----------
        policy : str
            Name of the policy.
        value : float
            Of the symbol.
        scale : float
            How the symbol changes with the level, where it is a function of it.

        Returns
        -------
        pyomo.environ.Var
            To be used as a number.
        """
        if scale != 1.0:
            self.level_scale[policy] = scale
        symbol = pyo.Var()
        self.model.level.add_component(_component(policy), symbol)
        self.levels[policy] = value
        self.symbols[policy] = symbol
        return symbol

    def add_rows(
        self, where: Where, policy: str, index: list[Any], rule: Callable[..., Any], tag: str = ""
    ) -> None:
        """Add one row for each index, labelled by the policy.

        Parameters
        ----------
        where : {"plan", "ops", "expected"}
            The block whose rows these are.
        policy : str
            Name of the policy.
        index : list
            Index of the rows; the parts of the index appear in the labels.
        rule : callable
            Called with the parts of an index; returns a Pyomo relation.
        tag : str
            Distinguishes several families of rows of one policy.
        """
        rows = pyo.Constraint(index, rule=lambda _, *key: rule(*key))
        getattr(self.model, where).add_component(_component(policy, tag), rows)
        for row in rows.values():
            self.rows[id(row)] = policy

    def add_balances(
        self, policy: str, index: list[Any], rule: Callable[..., Any], tag: str
    ) -> None:
        """Add rows that tie variables of a policy to the plan; they limit nothing by themselves.

        Parameters
        ----------
        policy : str
            Name of the policy.
        index : list
            Index of the rows.
        rule : callable
            Called with the parts of an index; returns a Pyomo relation.
        tag : str
            Distinguishes several families of rows of one policy.
        """
        rows = pyo.Constraint(index, rule=lambda _, *key: rule(*key))
        self.model.plan.add_component(_component(policy, tag), rows)

    def add_cone(
        self,
        policy: str,
        index: tuple[str, ...],
        parts: list[Any],
        weights: list[float],
        whole: Any,
    ) -> None:
        r"""Limit the root of a weighted sum of squares of first-stage variables.

        .. math:: \sqrt{\textstyle\sum_g w_g x_g^2} \le \rho\, V

        with :math:`\rho` the symbol of the policy's level. The solver adds tangents until it holds.
        """
        self.cones.append(ConeRow(policy, index, parts, weights, whole))

    def add_curve(self, policy: str, index: tuple[str, ...], **options: Any) -> None:
        """Limit losses by a curve; the solver adds tangents, see :class:`CurveRow`."""
        self.curves.append(CurveRow(policy, index, **options))

    def add_variable(
        self,
        where: Literal["plan", "ops"],
        policy: str,
        index: list[Any],
        tag: str,
        *,
        binary: bool = False,
        **options: Any,
    ) -> Any:
        """Return a new family of variables that belongs to a policy, yes/no if ``binary``."""
        if binary:
            options["domain"] = pyo.Binary
        variable = pyo.Var(index, **options)
        getattr(self.model, where).add_component(_component(policy, tag), variable)
        return variable


def _component(policy: str, tag: str = "") -> str:
    """Name a component of a policy, in quotes: a policy may have any name, also ``book``."""
    return f"{policy!r}{tag}"


def start_build(network: Network) -> Build:
    """Return a build with the template of a network and no policy yet."""
    return Build(build_template(network), network)
