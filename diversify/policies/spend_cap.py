"""A cap on planned spending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from diversify.policies.base import OPEN, Policy

if TYPE_CHECKING:
    from diversify.formulation import Build
    from diversify.interfaces import PlanView


class SpendCap(Policy):
    r"""The undisturbed plan costs at most an amount, without the value of lost output.

    .. math:: cost^{plan} + cost^{ops}(book) - shortage^{ops} \le limit

    Parameters
    ----------
    limit : float
        Present value over the horizon [USD].

    Examples
    --------
    >>> SpendCap(limit=2.5e8).sentence()
    'The plan costs at most 250,000,000 USD over the horizon.'
    """

    kind: Literal["spend_cap"] = "spend_cap"
    limit: float = Field(default=OPEN, allow_inf_nan=False)

    unit = "USD per USD"

    def default_name(self) -> str:
        """Return ``spend_cap``."""
        return "spend_cap"

    @property
    def level_value(self) -> float:
        """Return the limit."""
        return self.limit

    def with_level(self, value: float) -> SpendCap:
        """Return the cap at another amount."""
        return self.model_copy(update={"limit": value})

    def sentence(self) -> str:
        """Return the cap as one sentence."""
        return f"The plan costs at most {self.limit:,.0f} USD over the horizon."

    def constrain(self, build: Build) -> None:
        """Add the one row."""
        from diversify.formulation.costs import planned_spend

        level = build.level(self.name, self.limit)
        spend = planned_spend(build.model, build.network)
        build.add_rows("plan", self.name, ["total"], lambda _: spend <= level)

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the planned spending."""
        return {"total": view.spend}
