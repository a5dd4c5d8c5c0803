"""A floor under stocks, in days of mean demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from diversify.policies.stock_days import StockDays

if TYPE_CHECKING:
    from diversify.formulation import Build
    from diversify.interfaces import PlanView


class StockFloor(StockDays):
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

    def sentence(self) -> str:
        """Return the floor as one sentence."""
        return f"{self._every()} holds at least {self.days:g} days of demand."

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
