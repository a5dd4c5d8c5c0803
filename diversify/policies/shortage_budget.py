"""A budget on shortage."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from diversify.policies.budgets import Budget

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView

Index = tuple[str, str, int, int]


class ShortageBudget(Budget):
    r"""A risk measure of the shortage over the horizon stays within a fraction of planned demand.

    .. math:: loss_m = \frac{D}{D_m} \sum_{b,c,k,t} content_{c,m}\, short_{b,c,k,t}, \quad
        D_m = \sum_{b,c,t} content_{c,m}\, demand_{b,c,t}, \quad D = \max_m D_m, \quad
        \rho(loss_m) \le limit \cdot D

    Parameters
    ----------
    measure : {"expectation", "cvar", "worst", "chance", "entropic"}
        The risk measure.
    level : float, optional
        Confidence of ``cvar`` and ``chance``.
    aversion : float, optional
        Of ``entropic``, per unit of fraction short.
    limit : float
        Largest fraction of demand that may be short.
    material, buyer : str, optional
        Only this material (omitted: each separately; ``"all"``: added up in tonnes), only this
        buyer.
    ambiguity : Ambiguity, optional
        As in :class:`~diversify.policies.budgets.Budget`; so is ``safe``.

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
        place = [part for part in (self.material, self.buyer) if part]
        return " ".join(["shortage_budget", *self.name_parts(), *place])

    def sentence(self) -> str:
        """Return the budget as one sentence."""
        what = {None: "any material", "all": "all materials together"}.get(
            self.material, self.material
        )
        to = f" for {self.buyer}" if self.buyer else ""
        limit = f"{100 * self.limit:g} % of demand"
        return f"Shortage of {what}{to} is at most {limit} {self.words()}."

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

        def counted(material: str, size: Callable[[Index], Any]) -> Any:
            weight = largest / planned[material]
            return sum(
                weight * held * size(i)
                for i in short
                if self.buyer in (None, i[0])
                and (held := contained(build.network, i[1], material)) > 0
            )

        most = largest_shortage(build)
        self.limit_rows(
            build,
            list(planned),
            lambda material: counted(material, lambda i: short[i]),
            largest * limit,
            unit=largest,
            most=lambda material: counted(material, most),
            parts=lambda material: {
                ("short", b, c): largest / planned[material] * held
                for b, c in sorted({(b, c) for b, c, _, _ in short})
                if self.buyer in (None, b) and (held := contained(build.network, c, material)) > 0
            },
        )

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the risk measure of each material's shortage."""
        return {
            material: self.value(view.shortage(material, self.buyer), view.probability)
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


def largest_shortage(build: Build) -> Callable[[Index], Any]:
    """Return the largest shortage of a tier, as a number or an expression of the surge of demand.

    Parameters
    ----------
    build : Build
        The template under construction.

    Returns
    -------
    callable
        Of the index of a shortage: buyer, commodity, tier, period [t].
    """
    # Loaded where rows are made: to check policies takes no model.
    from diversify.formulation.symbols import Symbols

    network, short = build.network, build.model.ops.short
    symbols = Symbols(build.model, network)
    share = {(*pair, tier): part for pair, rows in network.tiers.items() for tier, part, _ in rows}

    def most(i: Index) -> Any:
        if short[i].ub is not None:
            return short[i].ub
        buyer, commodity, tier, t = i
        size = share[buyer, commodity, tier] * network.demand.get((buyer, commodity, t), 0.0)
        return size * symbols.surge(buyer, commodity, t)

    return most


def contained(network: Network, commodity: str, material: str) -> float:
    """Return tonnes of a material, or of all materials together, in a tonne of a commodity."""
    if material == "all":
        return sum(network.content[commodity].values())
    return network.content[commodity].get(material, 0.0)
