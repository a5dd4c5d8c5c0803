"""What caps and floors on shares have in common: the level and its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator

from diversify.policies.base import OPEN, Share
from diversify.policies.counted import Traced
from diversify.policies.shares import measured, parts, whole

if TYPE_CHECKING:
    from diversify.formulation import Build
    from diversify.interfaces import PlanView


def _above(value: float) -> float:
    if value == 0:
        raise ValueError(
            "a share is above 0 and at most 1; to allow nothing use exclude, "
            "to ask for nothing leave the floor out"
        )
    return value


class SharePolicy(Traced):
    """A limit on shares of what is booked out of a stage.

    Attributes
    ----------
    share : float
        The level, a fraction.
    """

    share: Annotated[Share, AfterValidator(_above)] = OPEN

    unit = "USD per unit of share"
    level_field = "share"

    @property
    def level_value(self) -> float:
        """Return the share."""
        return self.share

    def with_level(self, value: float) -> Self:
        """Return the policy at another share."""
        return self.model_copy(update={"share": value})

    def constrain(self, build: Build) -> None:
        """Add one row for each material, stage, entry and period."""
        rows = self.share_rows(build.network)
        if not rows:
            self.empty(build, "it counts no booked volume of this case")
            return
        level = build.level(self.name, self.share)
        found = {row.index: row for row in rows}
        part = parts(build, self.name, rows)

        def rule(*index: str) -> object:
            row = found[index]  # type: ignore[index]
            share = level * whole(build, row)
            return part(row) <= share if self.upper else part(row) >= share

        build.add_rows("plan", self.name, list(found), rule)

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the share of each row."""
        return measured(view, self.share_rows(view.network), upper=self.upper)
