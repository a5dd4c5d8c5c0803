"""A floor under stocks, in days of mean demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from diversify.policies.base import OPEN, Policy

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView


class StockFloor(Policy):
    r"""Each stock holds at least a number of days of the buyer's mean demand.

    .. math:: target_{b,c} \ge \tfrac{days}{365}\, \overline{demand}_{b,c}

    Parameters
    ----------
    days : float
        Days of mean annual demand.
    material, buyer : str, optional
        Only this one; omitted: each of them.

    Examples
    --------
    >>> StockFloor(days=60).sentence()
    'Every stock holds at least 60 days of demand.'
    """

    kind: Literal["stock_floor"] = "stock_floor"
    days: float = Field(default=OPEN, ge=0, allow_inf_nan=False)
    material: str | None = None
    buyer: str | None = None

    unit = "USD per day"
    level_field = "days"
    upper = False

    def default_name(self) -> str:
        """Return a name such as ``stock_floor NdPr``."""
        return " ".join(p for p in ["stock_floor", self.material, self.buyer] if p)

    @property
    def level_value(self) -> float:
        """Return the days."""
        return self.days

    def with_level(self, value: float) -> StockFloor:
        """Return the floor at another number of days."""
        return self.model_copy(update={"days": value})

    def sentence(self) -> str:
        """Return the floor as one sentence."""
        what = f"stock of {self.material}" if self.material else "stock"
        to = f" of {self.buyer}" if self.buyer else ""
        return f"Every {what}{to} holds at least {self.days:g} days of demand."

    def constrain(self, build: Build) -> None:
        """Add one row for each stock."""
        daily = self._daily(build.network)
        if not daily:
            self.empty(build, "it matches no stock with demand")
            return
        level = build.level(self.name, self.days)
        target = build.model.plan.target
        build.add_rows("plan", self.name, list(daily), lambda *i: target[i] / daily[i] >= level)

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the days that each stock covers."""
        return {
            f"{b} {c}": view.targets[b, c] / size
            for (b, c), size in self._daily(view.network).items()
        }

    def _daily(self, network: Network) -> dict[tuple[str, str], float]:
        self.known("material", [self.material] if self.material else [], network.materials)
        self.known("buyer", [self.buyer] if self.buyer else [], network.buyers)
        return {
            (b, c): network.annual_demand[b, c] / 365.0
            for b, c in network.stocks.index
            if network.annual_demand.get((b, c), 0.0) > 0
            and self.buyer in (None, b)
            and (self.material is None or network.content[c].get(self.material, 0.0) > 0)
        }
