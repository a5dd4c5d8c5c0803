"""A budget on cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from diversify.policies.budgets import Budget

if TYPE_CHECKING:
    from diversify.formulation import Build
    from diversify.interfaces import PlanView


class CostBudget(Budget):
    r"""A risk measure of the total discounted cost stays within an amount.

    .. math:: \rho(cost^{plan} + cost^{ops}) \le limit

    Parameters
    ----------
    measure : {"expectation", "cvar", "worst", "chance"}
        The risk measure.
    level : float, optional
        Confidence of ``cvar`` and ``chance``.
    limit : float
        Largest amount [USD, present value], the value of lost output included.
    ambiguity : Ambiguity, optional
        As in :class:`~diversify.policies.budgets.Budget`. A chance is always kept by CVaR, since no
        largest cost of a scenario is known.

    Examples
    --------
    >>> CostBudget(measure="worst", limit=1e9).sentence()
    'Cost is at most 1,000,000,000 USD in the worst case.'
    """

    kind: Literal["cost_budget"] = "cost_budget"

    unit = "USD per USD"

    @property
    def kept_as(self) -> str:
        """Return the measure that the rows limit: CVaR for a chance, as no cost is the largest."""
        return "cvar" if self.measure_of == "chance" else self.measure_of

    def default_name(self) -> str:
        """Return a name such as ``cost_budget worst``."""
        return " ".join(["cost_budget", *self.name_parts()])

    def sentence(self) -> str:
        """Return the budget as one sentence."""
        return f"Cost is at most {self.limit:,.0f} USD {self.words()}."

    def constrain(self, build: Build) -> None:
        """Add the rows of the risk measure."""
        limit = build.level(self.name, self.limit)
        m = build.model

        def loss(_: Any) -> Any:
            return sum(m.plan.cost[k] for k in m.plan.cost) + sum(m.ops.cost[k] for k in m.ops.cost)

        self.limit_rows(build, ["total"], loss, limit)

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the risk measure of the total cost."""
        return {"total": self.value(view.cost, view.probability)}
