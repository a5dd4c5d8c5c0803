"""What rules on stocks in days of demand have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field

from diversify.policies.base import OPEN, Policy

if TYPE_CHECKING:
    from diversify.formulation import Network


class StockDays(Policy):
    """A rule that asks each stock for days of the buyer's mean demand.

    Attributes
    ----------
    days : float
        Days of mean annual demand.
    material, buyer : str or None
        Only this one; each of them where it is not given.
    """

    days: float = Field(default=OPEN, ge=0, allow_inf_nan=False)
    material: str | None = None
    buyer: str | None = None

    unit = "USD per day"
    level_field = "days"
    upper = False

    def default_name(self) -> str:
        """Return a name such as ``stock_floor NdPr``."""
        return " ".join(p for p in [self.kind, self.material, self.buyer] if p)

    @property
    def level_value(self) -> float:
        """Return the days."""
        return self.days

    def with_level(self, value: float) -> Self:
        """Return the rule at another number of days."""
        return self.model_copy(update={"days": value})

    def _every(self) -> str:
        """Return whose stocks these are, in words."""
        what = f"stock of {self.material}" if self.material else "stock"
        return f"Every {what}" + (f" of {self.buyer}" if self.buyer else "")

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
