"""A norm for stocks: some days of demand, and a multiple where one country supplies too much."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from diversify.errors import InputError
from diversify.policies.base import Share
from diversify.policies.stock_days import StockDays

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView

Stock = tuple[str, str]
# A share that is met to the tolerance of the solver counts.
NEARLY = 1e-6


class StockNorm(StockDays):
    r"""Each stock holds some days of demand, and more of what mostly comes from one country.

    .. math:: target_{b,c} \ge \tfrac{days}{365}\, \overline{demand}_{b,c}\,
        (1 + (times - 1)\, risky_{b,c}), \quad
        \textstyle\sum_{l \in g} book_{l} - above \sum_{l} book_{l} \le K_g\, risky_{b,c}
        \quad \forall g

    with :math:`g` the foreign countries that deliver :math:`c` to :math:`b` over the horizon,
    :math:`risky` a yes or no, and :math:`K_g = (1 - above)` times the most that :math:`g` can
    deliver. Buying from more countries and holding more are thus two ways to keep the norm.

    Parameters
    ----------
    days : float
        Days of mean annual demand, of a stock that is not risky.
    times : float
        How many times as many days of a risky one: 3 makes 180 days of 60, as Japan does.
    above : float
        Share of one foreign country in what is booked beyond which a stock is risky.
    material, buyer : str, optional
        Only this one; omitted: each of them.

    Examples
    --------
    >>> StockNorm(days=60).sentence()
    'Every stock holds 60 days of demand, or 180 if over 65 % of it is from one foreign country.'
    """

    kind: Literal["stock_norm"] = "stock_norm"
    times: float = Field(default=3.0, ge=1, allow_inf_nan=False)
    above: Share = 0.65

    def sentence(self) -> str:
        """Return the norm as one sentence."""
        return (
            f"{self._every()} holds {self.days:g} days of demand, or {self.times * self.days:g} "
            f"if over {100 * self.above:g} % of it is from one foreign country."
        )

    def constrain(self, build: Build) -> None:
        """Add a yes or no for each stock, what makes it risky, and the days."""
        network = build.network
        daily = self._daily(network)
        if not daily:
            self.empty(build, "it matches no stock with demand")
            return
        origins = {stock: self._origins(network, stock) for stock in daily}
        most = self._most(network, origins)
        level = build.level(self.name, self.days)
        plan = build.model.plan
        risky = build.add_variable("plan", self.name, list(daily), " risky", binary=True)
        booked = {
            (*stock, country): sum(plan.book[i, t] for i, t in network.active if i in lanes)
            for stock, groups in origins.items()
            for country, lanes in groups.items()
        }
        whole = {
            (b, c): sum(
                plan.book[i, t] for i, t in network.active if i in network.lanes_to.get((b, c), [])
            )
            for b, c in daily
        }
        build.add_rows(
            "plan",
            self.name,
            list(most),
            lambda b, c, country: (
                booked[b, c, country] - self.above * whole[b, c]
                <= (1 - self.above) * most[b, c, country] * risky[b, c]
            ),
            " share",
        )
        build.add_rows(
            "plan",
            self.name,
            list(daily),
            lambda *i: plan.target[i] / daily[i] - (self.times - 1) * level * risky[i] >= level,
        )

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the days that each stock covers, of a risky one divided by ``times``."""
        network = view.network
        found = {}
        for (b, c), size in self._daily(network).items():
            whole = sum(view.booked.get((i, t), 0.0) for i in network.lanes_to.get((b, c), [])
                        for t in network.periods)  # fmt: skip
            largest = max(
                (
                    sum(view.booked.get((i, t), 0.0) for i in lanes for t in network.periods)
                    for lanes in self._origins(network, (b, c)).values()
                ),
                default=0.0,
            )
            risky = largest > (self.above + NEARLY) * whole
            found[f"{b} {c}"] = view.targets[b, c] / size / (self.times if risky else 1.0)
        return found

    def _origins(self, network: Network, stock: Stock) -> dict[str, frozenset[str]]:
        """Return the lanes that bring a stock's commodity, by foreign country."""
        found: dict[str, list[str]] = {}
        for lane in network.lanes_to.get(stock, []):
            if not network.lane(lane, "domestic"):
                found.setdefault(str(network.lane(lane, "country")), []).append(lane)
        return {country: frozenset(found[country]) for country in sorted(found)}

    def _most(
        self, network: Network, origins: dict[Stock, dict[str, frozenset[str]]]
    ) -> dict[tuple[str, str, str], float]:
        """Return the most that each country can deliver of each stock's commodity [t]."""
        from diversify.formulation.linking import reach

        reached = reach(network, {str(i): float(q) for i, q in network.lanes["quota"].items()})
        found = {
            (*stock, country): sum(reached[i] for i, _ in network.active if i in lanes)
            for stock, groups in origins.items()
            for country, lanes in groups.items()
        }
        endless = [key for key, tonnes in found.items() if not math.isfinite(tonnes)]
        if endless:
            raise InputError(
                [
                    self.finding(
                        None,
                        country,
                        f"what {country} can deliver of {c!r} to {b!r} must be finite",
                        "give its sites a capacity, or its lanes quotas",
                    )
                    for b, c, country in endless
                ]
            )
        return found
