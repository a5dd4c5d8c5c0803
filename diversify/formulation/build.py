"""What a policy gets to add its rows: the template, the network, and its levels as symbols."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import pyomo.environ as pyo

from diversify.formulation.network import Network
from diversify.formulation.template import build_template

Where = Literal["plan", "ops", "expected"]


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
    """

    model: pyo.ConcreteModel
    network: Network
    levels: dict[str, float] = field(default_factory=dict)
    symbols: dict[str, Any] = field(default_factory=dict)
    rows: dict[int, str] = field(default_factory=dict)

    def level(self, policy: str, value: float) -> Any:
        """Return the symbol of a policy's level, which can be swept without a new compile."""
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

    def add_variable(
        self, where: Literal["plan", "ops"], policy: str, index: list[Any], tag: str, **options: Any
    ) -> Any:
        """Return a new family of variables that belongs to a policy."""
        variable = pyo.Var(index, **options)
        getattr(self.model, where).add_component(_component(policy, tag), variable)
        return variable


def _component(policy: str, tag: str = "") -> str:
    """Name a component of a policy, in quotes: a policy may have any name, also ``book``."""
    return f"{policy!r}{tag}"


def start_build(network: Network) -> Build:
    """Return a build with the template of a network and no policy yet."""
    return Build(build_template(network), network)
