"""Shares of booked volumes: what caps and floors have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.formulation.lots import Cell, Lots
    from diversify.interfaces import PlanView


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One share: the lanes of a group within all lanes that carry a material out of a stage.

    With ``lots`` it is the share of the ``cells``, which are lots that look through to the mine.
    ``apart`` holds lanes or cells with periods in which they do not count for the group, as when
    a country joins a bloc while the case runs.
    """

    material: str
    stage: str
    group: str
    period: str
    lanes: tuple[str, ...]
    every: tuple[str, ...]
    periods: tuple[int, ...]
    buyer: str | None = None
    cells: tuple[Cell, ...] = ()
    lots: Lots | None = field(default=None, compare=False)
    apart: frozenset[tuple[str | Cell, int]] = frozenset()

    @property
    def booked(self) -> list[tuple[str, int]]:
        """Lanes and periods that count for the group."""
        found = [(lane, t) for lane in self.lanes for t in self.periods]
        return [pair for pair in found if pair not in self.apart] if self.apart else found

    @property
    def traced(self) -> list[tuple[Cell, int]]:
        """Cells and periods that count for the group."""
        found = [(cell, t) for cell in self.cells for t in self.periods]
        return [pair for pair in found if pair not in self.apart] if self.apart else found

    @property
    def all_booked(self) -> list[tuple[str, int]]:
        """Lanes and periods of which it is a share."""
        return [(lane, t) for lane in self.every for t in self.periods]

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


def parts(build: Build, policy: str, rows: Sequence[ShareRow]) -> Callable[[ShareRow], Any]:
    """Return how many tonnes each row counts, as an expression; add the lots that this takes.

    Parameters
    ----------
    build : Build
        The template under construction.
    policy : str
        Name of the policy.
    rows : sequence of ShareRow
        All rows of the policy.

    Returns
    -------
    callable
        From a row to tonnes of the material that its group delivers.
    """
    from diversify.formulation.look_through import add_lots

    kinds = {id(row.lots): row.lots for row in rows if row.lots is not None}
    added = {key: add_lots(build, policy, lots, str(n)) for n, (key, lots) in
             enumerate(kinds.items())}  # fmt: skip

    def part(row: ShareRow) -> Any:
        if row.lots is None:
            return _booked(build, row, row.booked)
        tonnes, network = added[id(row.lots)], build.network
        return sum(
            network.contained(lane, row.material) * tonnes(lane, state, t)
            for (lane, state), t in row.traced
        )

    return part


def whole(build: Build, row: ShareRow) -> Any:
    """Tonnes of the material that everyone delivers, as an expression."""
    if row.buyer is None and row.stage in build.network.stages:
        volume = build.model.plan.volume
        return sum(volume[row.stage, row.material, t] for t in row.periods)
    return _booked(build, row, row.all_booked)


def _booked(build: Build, row: ShareRow, pairs: Sequence[tuple[str, int]]) -> Any:
    book, network = build.model.plan.book, build.network
    return sum(
        network.contained(lane, row.material) * book[lane, t]
        for lane, t in pairs
        if (lane, t) in book
    )


def measured(view: PlanView, rows: Sequence[ShareRow], *, upper: bool = True) -> dict[str, float]:
    """Return the share of each row in a plan; a total of nothing counts as no share at all.

    Parameters
    ----------
    view : PlanView
        The plan.
    rows : sequence of ShareRow
        What is counted.
    upper : bool
        Whether shares are capped: lots are then attributed so that the largest share is as small
        as the plan allows, else so that the smallest is as large.

    Returns
    -------
    dict
        Share by the label of the row.
    """
    wholes = {row: _delivered(view, row, row.all_booked) for row in rows}
    counted = {row: (total, 0.0) for row, total in wholes.items() if total > 0}
    return {row.label: value for row, value in _values(view, counted, upper=upper).items()}


def counted_tonnes(
    view: PlanView, rows: Sequence[ShareRow], allowed: Sequence[float]
) -> dict[str, float]:
    """Return the tonnes that each row counts in a plan, less the share that is allowed.

    Parameters
    ----------
    view : PlanView
        The plan.
    rows : sequence of ShareRow
        What is counted.
    allowed : sequence of float
        For each row the share of the whole that is allowed.

    Returns
    -------
    dict
        Tonnes by the label of the row; below 0 where less is delivered than allowed.
    """
    counted = {
        row: (1.0, share * _delivered(view, row, row.all_booked))
        for row, share in zip(rows, allowed, strict=True)
    }
    return {row.label: value for row, value in _values(view, counted, upper=True).items()}


def index_measured(
    view: PlanView, groups: Sequence[tuple[Sequence[ShareRow], Mapping[str, float]]]
) -> dict[str, float]:
    r"""Return the index of concentration of each group of rows.

    .. math:: H = \textstyle\sum_g w_g \bigl(\frac{x_g}{V}\bigr)^2

    Parameters
    ----------
    view : PlanView
        The plan.
    groups : sequence
        Rows of one index, one a supplier, with the weight of each supplier.

    Returns
    -------
    dict
        Index by material, stage and period in words; a total of nothing has none.
    """
    counted = [(rows, w, _delivered(view, rows[0], rows[0].all_booked)) for rows, w in groups]
    counted = [found for found in counted if found[2] > 0]
    looked = _looked_index(view, [found for found in counted if found[0][0].lots is not None])
    values = {}
    for rows, weights, total in counted:
        row = rows[0]
        where = f" to {row.buyer}" if row.buyer else ""
        label = f"{row.material} at {row.stage}{where} in {row.period}"
        values[label] = (
            looked[row]
            if row.lots is not None
            else sum(weights[r.group] * (_delivered(view, r, r.booked) / total) ** 2 for r in rows)
        )
    return values


Weighed = tuple[Sequence[ShareRow], Mapping[str, float], float]


def _looked_index(view: PlanView, counted: Sequence[Weighed]) -> dict[ShareRow, float]:
    from diversify.policies.attribution import Attribution, Counted

    together: dict[tuple[int, tuple[int, ...]], list[Weighed]] = {}
    for found in counted:
        together.setdefault((id(found[0][0].lots), found[0][0].periods), []).append(found)
    values: dict[ShareRow, float] = {}
    for (_, periods), members in together.items():
        lots = members[0][0][0].lots
        assert lots is not None  # noqa: S101 - for the type checker
        asked = [
            [(Counted(r.material, tuple(r.traced), total), weights[r.group]) for r in rows]
            for rows, weights, total in members
        ]
        least = Attribution(lots, view, periods).indices(asked)
        values |= {rows[0]: value for (rows, _, _), value in zip(members, least, strict=True)}
    return values


def _values(
    view: PlanView, counted: Mapping[ShareRow, tuple[float, float]], *, upper: bool
) -> dict[ShareRow, float]:
    """Return (tonnes - less) / unit of each row, given its unit and what is taken off."""
    from diversify.policies.attribution import Attribution, Counted

    together: dict[tuple[int, tuple[int, ...]], list[ShareRow]] = {}
    found: dict[ShareRow, float] = {}
    for row, (unit, less) in counted.items():
        if row.lots is None:
            found[row] = (_delivered(view, row, row.booked) - less) / unit
        else:
            together.setdefault((id(row.lots), row.periods), []).append(row)
    for (_, periods), members in together.items():
        lots = members[0].lots
        assert lots is not None  # noqa: S101 - for the type checker
        asked = [Counted(row.material, tuple(row.traced), *counted[row]) for row in members]
        values = Attribution(lots, view, periods).shares(asked, upper=upper)
        found |= dict(zip(members, values.tolist(), strict=True))
    return {row: found[row] for row in counted}


def _delivered(view: PlanView, row: ShareRow, pairs: Sequence[tuple[str, int]]) -> float:
    return sum(
        view.network.contained(lane, row.material) * view.booked.get((lane, t), 0.0)
        for lane, t in pairs
    )
