"""Shares of booked volumes: what caps and floors have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One share: the lanes of a group within all lanes that carry a material out of a stage."""

    material: str
    stage: str
    group: str
    period: str
    lanes: tuple[str, ...]
    every: tuple[str, ...]
    periods: tuple[int, ...]
    buyer: str | None = None

    @property
    def index(self) -> tuple[str, str, str, str]:
        """Return what tells the row from others of its policy."""
        return self.material, self.stage, self.group, self.period

    @property
    def label(self) -> str:
        """Return the row in words."""
        where = f" to {self.buyer}" if self.buyer else ""
        return f"{self.material} at {self.stage} from {self.group}{where} in {self.period}"


def volumes(network: Network, stage: str, material: str, buyer: str | None) -> list[str]:
    """Return the lanes that a share is counted over."""
    lanes = network.leaves_stage(stage, material)
    if buyer is None:
        return lanes
    return [lane for lane in lanes if network.lane(lane, "destination") == buyer]


def part(build: Build, row: ShareRow) -> Any:
    """Tonnes of the material that the group delivers, as an expression."""
    book, network = build.model.plan.book, build.network
    return sum(
        network.contained(lane, row.material) * book[lane, t]
        for lane in row.lanes
        for t in row.periods
        if (lane, t) in book
    )


def whole(build: Build, row: ShareRow) -> Any:
    """Tonnes of the material that everyone delivers, as an expression."""
    if row.buyer is None and row.stage in build.network.stages:
        volume = build.model.plan.volume
        return sum(volume[row.stage, row.material, t] for t in row.periods)
    book, network = build.model.plan.book, build.network
    return sum(
        network.contained(lane, row.material) * book[lane, t]
        for lane in row.every
        for t in row.periods
        if (lane, t) in book
    )


def measured(view: PlanView, rows: list[ShareRow]) -> dict[str, float]:
    """Return the share of each row in a plan; a total of nothing counts as no share at all."""
    found: dict[str, float] = {}
    for row in rows:
        top, total = (
            sum(
                view.network.contained(lane, row.material) * view.booked.get((lane, t), 0.0)
                for lane in lanes
                for t in row.periods
            )
            for lanes in (row.lanes, row.every)
        )
        if total > 0:
            found[row.label] = top / total
    return found
