"""A budget on cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from diversify.policies.budgets import Budget
from diversify.risk import measure

if TYPE_CHECKING:
    from diversify.formulation import Build
    from diversify.interfaces import PlanView


class CostBudget(Budget):
    r"""A risk measure of the total discounted cost stays within an amount.

    .. math:: \rho(cost^{plan} + cost^{ops}) \le limit

    Parameters
    ----------
    measure : {"expectation", "cvar", "worst"}
        The risk measure.
    level : float, optional
        Confidence of ``cvar``.
    limit : float
        Largest amount [USD, present value], the value of lost output included.

    Examples
    --------
    >>> CostBudget(measure="worst", limit=1e9).sentence()
    'Cost is at most 1,000,000,000 USD in the worst case.'
    """

    kind: Literal["cost_budget"] = "cost_budget"

    unit = "USD per USD"

    def default_name(self) -> str:
        """Return a name such as ``cost_budget worst``."""
        return " ".join(
            p
            for p in ["cost_budget", self.measure_of, f"{self.level:g}" if self.level else None]
            if p
        )

    def sentence(self) -> str:
        """Return the budget as one sentence."""
        return f"Cost is at most {self.limit:,.0f} USD {self.words().rstrip(',')}."

    def constrain(self, build: Build) -> None:
        """Add the rows of the risk measure."""
        limit = build.level(self.name, self.limit)
        m = build.model

        def loss(_: Any) -> Any:
            return sum(m.plan.cost[k] for k in m.plan.cost) + sum(m.ops.cost[k] for k in m.ops.cost)

        measure(self.measure_of).constrain(
            build, self.name, ["total"], loss, limit, self.confidence
        )

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the risk measure of the total cost."""
        rule = measure(self.measure_of)
        return {"total": rule.value(view.cost, view.probability, self.confidence)}
