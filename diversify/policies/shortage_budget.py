"""A budget on shortage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from diversify.policies.budgets import Budget
from diversify.risk import measure

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView


class ShortageBudget(Budget):
    r"""A risk measure of the shortage over the horizon stays within a fraction of planned demand.

    .. math:: loss_m = \frac{D}{D_m} \sum_{b,c,k,t} content_{c,m}\, short_{b,c,k,t}, \quad
        D_m = \sum_{b,c,t} content_{c,m}\, demand_{b,c,t}, \quad D = \max_m D_m, \quad
        \rho(loss_m) \le limit \cdot D

    Parameters
    ----------
    measure : {"expectation", "cvar", "worst"}
        The risk measure.
    level : float, optional
        Confidence of ``cvar``.
    limit : float
        Largest fraction of demand that may be short.
    material, buyer : str, optional
        Only this material (omitted: each separately; ``"all"``: added up in tonnes), only this
        buyer.

    Examples
    --------
    >>> ShortageBudget(measure="cvar", level=0.95, limit=0.03).sentence()
    'Shortage of any material is at most 3 % of demand in the worst 5 % of cases, on average.'
    """

    kind: Literal["shortage_budget"] = "shortage_budget"
    material: str | None = None
    buyer: str | None = None

    unit = "USD per unit of fraction short"

    def default_name(self) -> str:
        """Return a name such as ``shortage_budget cvar 0.95``."""
        parts = [
            self.measure_of,
            f"{self.level:g}" if self.level else None,
            self.material,
            self.buyer,
        ]
        return " ".join(["shortage_budget", *(p for p in parts if p)])

    def sentence(self) -> str:
        """Return the budget as one sentence."""
        what = {None: "any material", "all": "all materials together"}.get(
            self.material, self.material
        )
        to = f" for {self.buyer}" if self.buyer else ""
        words = self.words().rstrip(",")
        return f"Shortage of {what}{to} is at most {100 * self.limit:g} % of demand {words}."

    def constrain(self, build: Build) -> None:
        """Add the rows of the risk measure for each material, in tonnes of the largest demand."""
        planned = self.planned(build.network)
        if not planned:
            self.empty(build, "no demand of this case counts for it")
            return
        limit = build.level(self.name, self.limit)
        short = build.model.ops.short
        # A fraction of ten million tonnes would need coefficients that a solver takes for zero.
        largest = max(planned.values())

        def loss(material: str) -> Any:
            weight = largest / planned[material]
            return sum(
                weight * held * short[b, c, k, t]
                for b, c, k, t in short
                if self.buyer in (None, b) and (held := contained(build.network, c, material)) > 0
            )

        measure(self.measure_of).constrain(
            build, self.name, list(planned), loss, largest * limit, self.confidence
        )

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the risk measure of each material's shortage."""
        rule = measure(self.measure_of)
        return {
            material: rule.value(
                view.shortage(material, self.buyer), view.probability, self.confidence
            )
            for material in self.planned(view.network)
        }

    def planned(self, network: Network) -> dict[str, float]:
        """Return planned demand over the horizon [t] for each material that the budget covers."""
        everything = [*network.materials, "all"]
        self.known("material", [self.material] if self.material else [], everything)
        self.known("buyer", [self.buyer] if self.buyer else [], network.buyers)
        names = [self.material] if self.material else list(network.materials)
        total = {
            name: sum(
                contained(network, c, name) * q
                for (b, c, _), q in network.demand.items()
                if self.buyer in (None, b)
            )
            for name in names
        }
        return {name: value for name, value in total.items() if value > 0}


def contained(network: Network, commodity: str, material: str) -> float:
    """Return tonnes of a material, or of all materials together, in a tonne of a commodity."""
    if material == "all":
        return sum(network.content[commodity].values())
    return network.content[commodity].get(material, 0.0)
