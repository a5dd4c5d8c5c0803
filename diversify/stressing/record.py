"""The frozen record of plans in events."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from diversify.stressing.events import Event


@dataclass(frozen=True, slots=True, eq=False)
class Stress:
    """Some plans in some events.

    Attributes
    ----------
    case : str
        Name of the case.
    events : tuple of Event
        What was played, in order.
    plans : tuple of str
        Names of the plans, the one without any rule first and the clairvoyant last.
    at : tuple of float
        When each event begins [months after the start of the case].
    left_out : tuple of (str, str)
        Id of an event, and an effect that the case knows nothing of, or that its horizon cuts.
    untouched : tuple of str
        Ids of events that touch nothing of the case; they are not played unless that is allowed.
    digests : dict
        SHA-256 of the case.
    warnings : tuple of str
        What is doubtful.
    seconds : dict
        Time of each phase and in total.
    """

    case: str
    events: tuple[Event, ...]
    plans: tuple[str, ...]
    at: tuple[float, ...]
    left_out: tuple[tuple[str, str], ...]
    untouched: tuple[str, ...]
    digests: dict[str, str]
    warnings: tuple[str, ...]
    seconds: dict[str, float]
    _tables: dict[str, pd.DataFrame] = field(repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """Each plan in each event.

        Columns event, plan, shortage (largest part of the demand for any material, over the
        horizon, that the event leaves unmet), shortage_days (the same in days of demand),
        days_survived and lasts_days, cost, extra_cost, lost_output and price_effect [USD, present
        value], score. ``extra_cost`` is over the same plan where the event is heard of and does not
        happen. What a clairvoyant has no value of is empty, and so is a score where
        foreknowledge saves nothing.
        """
        return self._tables["table"].copy()

    @property
    def yearly(self) -> pd.DataFrame:
        """Each plan without any event.

        Columns plan, cost, cost_per_year, premium_per_year, planned_shortage. Cost is the present
        value [USD], the next two are the same as an amount a year, the premium over the plan
        without any rule. The last is what the plan itself leaves short: the largest part of the
        demand for any material.
        """
        return self._tables["yearly"].copy()

    @property
    def shortage(self) -> pd.DataFrame:
        """Shortage by material: columns event, plan, material, tonnes, shortage, shortage_days."""
        return self._tables["shortage"].copy()

    @property
    def costs(self) -> pd.DataFrame:
        """Costs by kind: columns event, plan, kind, usd; event is empty for no event at all."""
        return self._tables["costs"].copy()
