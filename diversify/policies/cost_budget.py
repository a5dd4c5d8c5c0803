"""A budget on cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from diversify.policies.budgets import Budget

if TYPE_CHECKING:
    from diversify.formulation import Build
    from diversify.interfaces import PlanView

MILLION = 1e6


class CostBudget(Budget):
    r"""A risk measure of the total discounted cost stays within an amount.

    .. math:: \rho(cost^{plan} + cost^{ops}) \le limit

    Parameters
    ----------
    measure : {"expectation", "cvar", "worst", "chance", "entropic"}
        The risk measure.
    level : float, optional
        Confidence of ``cvar`` and ``chance``.
    aversion : float, optional
        Of ``entropic``, per USD.
    limit : float
        Largest amount [USD, present value], the value of lost output included.
    ambiguity : Ambiguity, optional
        As in :class:`~diversify.policies.budgets.Budget`; so is ``safe``.
    most : float, optional
        Largest cost of a scenario that need be reckoned with [USD]: with it a chance is kept
        exactly. Omitted: :func:`diversify.solve` finds one that is proven to be enough where there
        are at most 60 distinct scenarios; else the chance is kept by CVaR.

    Examples
    --------
    >>> CostBudget(measure="worst", limit=1e9).sentence()
    'Cost is at most 1,000,000,000 USD in the worst case.'
    """

    kind: Literal["cost_budget"] = "cost_budget"
    most: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None

    unit = "USD per USD"

    @model_validator(mode="after")
    def _most_fits(self) -> Self:
        if self.most is not None and self.measure_of != "chance":
            raise ValueError(f'most is for measure = "chance", not "{self.measure_of}"')
        if self.most is not None and self.most < self.limit:
            raise ValueError("most is below the limit: give the largest cost, or leave it out")
        return self

    @property
    def kept_as(self) -> str:
        """Return the measure that the rows limit: CVaR for a chance without a largest cost."""
        if self.measure_of == "chance" and (self.safe or self.most is None):
            return "cvar"
        return self.measure_of

    @property
    def may_be_exact(self) -> bool:
        """Whether a largest cost would let a chance be kept exactly."""
        return self.measure_of == "chance" and not self.safe and self.most is None

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

        # A price of 1 USD for each of billions is below a solver's tolerances: in millions what is
        # counted, what it costs and what curved limits divide are near 1.
        unit = 1.0 / MILLION if self.limit > MILLION else 1.0

        def loss(_: Any) -> Any:
            costs = [*m.plan.cost.values(), *m.ops.cost.values()]
            total = sum(cost.expr for cost in costs)
            return total if unit == 1.0 else unit * total

        parts: dict[tuple[str, ...], float] = {("plan cost", kind): unit for kind in m.plan.cost}
        parts |= {("cost", kind): unit for kind in m.ops.cost}
        self.limit_rows(
            build,
            ["total"],
            loss,
            limit if unit == 1.0 else unit * limit,
            unit=unit,
            most=lambda _: unit * (self.most or 0.0),
            parts=lambda _: parts,
        )

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the risk measure of the total cost."""
        return {"total": self.value(view.cost, view.probability)}
