"""Sums over what a plan does: so much per tonne moved, per tonne of activity, per tonne short."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diversify.interfaces import PlanView


@dataclass(frozen=True, slots=True)
class Form:
    r"""A linear form of the undisturbed plan, with its two faces.

    .. math:: \textstyle\sum_{t} \Bigl(\sum_l a_l\, book_{l,t}
        + \sum_{s,r} (b_s + c_{s,r})\, run_{s,r,t} + \sum_{b,c,k} e_{b,c}\, short_{b,c,k,t}\Bigr)

    Attributes
    ----------
    lanes : mapping
        Amount per tonne on each lane.
    sites : mapping
        Amount per tonne of activity of each site, whatever its recipe.
    runs : mapping
        Amount per tonne of activity of single recipes, by site and recipe.
    short : mapping
        Amount per tonne that the plan itself leaves short, by buyer and commodity.

    Examples
    --------
    >>> bool(Form()), bool(Form({"Mine A>Works:ore": 2.0}))
    (False, True)
    """

    lanes: Mapping[str, float] = field(default_factory=dict)
    sites: Mapping[str, float] = field(default_factory=dict)
    runs: Mapping[tuple[str, str], float] = field(default_factory=dict)
    short: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.lanes or self.sites or self.runs or self.short)

    def expression(self, plan: Any, periods: Collection[int]) -> Any:
        """Return the form of the plan's variables as a Pyomo expression."""
        runs = plan.activity.items() if self.sites or self.runs else ()
        short = plan.short.items() if self.short else ()
        return (
            sum(
                amount * plan.book[lane, t]
                for lane, amount in self.lanes.items()
                for t in periods
                if (lane, t) in plan.book
            )
            + sum(
                amount * activity.expr
                for (site, recipe, t), activity in runs
                if t in periods and (amount := self._of(site, recipe))
            )
            + sum(
                self.short[b, c] * tonnes
                for (b, c, _, t), tonnes in short
                if t in periods and (b, c) in self.short
            )
        )

    def value(self, view: PlanView, periods: Collection[int]) -> float:
        """Return the form of a solved plan, in the unit of the amounts."""
        runs = view.activity.items() if self.sites or self.runs else ()
        short = view.planned_shortage.items() if self.short else ()
        moved = sum(
            amount * view.booked.get((lane, t), 0.0)
            for lane, amount in self.lanes.items()
            for t in periods
        )
        done = sum(self._of(s, r) * tonnes for (s, r, t), tonnes in runs if t in periods)
        lacking = sum(
            self.short.get((b, c), 0.0) * tonnes for (b, c, t), tonnes in short if t in periods
        )
        return float(moved + done + lacking)

    def _of(self, site: str, recipe: str) -> float:
        return self.sites.get(site, 0.0) + self.runs.get((site, recipe), 0.0)


@dataclass(frozen=True, slots=True)
class DatedForm:
    """A form that is another one in some periods, as when a bloc has other members.

    Attributes
    ----------
    parts : tuple
        Forms with the periods in which each counts.
    """

    parts: tuple[tuple[Form, frozenset[int]], ...] = ()

    def __bool__(self) -> bool:
        return any(form for form, _ in self.parts)

    def expression(self, plan: Any, periods: Collection[int]) -> Any:
        """Return the form of the plan's variables as a Pyomo expression."""
        return sum(
            form.expression(plan, [t for t in periods if t in when]) for form, when in self.parts
        )

    def value(self, view: PlanView, periods: Collection[int]) -> float:
        """Return the form of a solved plan, in the unit of the amounts."""
        return sum(form.value(view, [t for t in periods if t in when]) for form, when in self.parts)
