"""A case with the hazards of some events, compiled once, and their scenarios at any length."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.case import Case
from diversify.compile import Blocks
from diversify.compile.compiler import compile_build
from diversify.errors import Finding, InputError
from diversify.jobs import Job, prepare
from diversify.result.plan import Plan
from diversify.result.view import View, make_view
from diversify.scenarios import Scenarios
from diversify.solver.data import Information, scenario_data
from diversify.solver.evaluation import from_forms
from diversify.solver.evaluator import Evaluator
from diversify.solver.extensive_method import solve_extensive
from diversify.stressing.mapping import Mapped, Strike, hazard_name, hazard_rows

Vector = NDArray[np.float64]
OTHER_CHANCES = ("hazards", "scenarios", "shocks", "correlations")
Cut = tuple[int, float]
# A hazard that strikes nothing, and only says when an event is heard of.
NEWS = "news"


class Ground:
    """Where events strike: the case without any chance but them, and no rule.

    What a fixed plan does in an event depends on no policy, so one compiled problem serves all
    plans and all events.

    Parameters
    ----------
    case : Case
        For the buyers that count.
    mapped : sequence of Mapped
        The events.
    at : sequence of float
        When each begins [months after the start of the case].
    """

    def __init__(self, case: Case, mapped: Sequence[Mapped], at: Sequence[float]) -> None:
        self.mapped = tuple(mapped)
        self.strikes: tuple[Strike, ...] = tuple(s for m in mapped for s in m.strikes)
        self.months = 12 * case.period_years
        self.at = tuple(at)
        self.job: Job = prepare(stressed(case, self.strikes), [], case_policies=False)
        self.blocks: Blocks = compile_build(self.job.build)

    @cached_property
    def lasts(self) -> list[float]:
        """How long each event lasts within the horizon [months]."""
        end = self.months * self.job.network.case.periods
        return [min(m.event.months, end - at) for m, at in zip(self.mapped, self.at, strict=True)]

    def batch(self, cuts: Sequence[Cut]) -> Scenarios:
        r"""Return one scenario for each event and length.

        .. math:: value_t = 1 + (m - 1) \cdot \frac{|[a, b] \cap t|}{|t|}

        for an effect from month :math:`a` to :math:`b` and its multiple :math:`m`, which is one
        less the severity for supply.

        Parameters
        ----------
        cuts : sequence of (int, float)
            Position of the event, and the month after its beginning at which all of it ends: at 0
            it is heard of, and nothing happens.
        """
        periods = self.job.network.case.periods
        values = np.ones((len(cuts), len(self.strikes) + 1, periods))
        for s, (position, cut) in enumerate(cuts):
            values[s, :-1] = self._strength(position, cut)
            heard = self.heard[position]
            # Who hears of an event is free from then on, also of one that ends at once.
            values[s, -1, heard : heard + 1] = 0.0
        return self._scenarios(values, [f"{e} {i}" for i, (e, _) in enumerate(cuts)])

    @cached_property
    def heard(self) -> list[int]:
        """Period in which each event is news; beyond the last where it strikes nothing."""
        whole = np.ones((len(self.mapped), len(self.strikes) + 1, self.job.network.case.periods))
        for position in range(len(self.mapped)):
            whole[position, :-1] = self._strength(position, np.inf)
        found = self._scenarios(whole, [m.event.id for m in self.mapped]).first_news
        return [int(period) for period in found]

    def _strength(self, position: int, cut: float) -> Vector:
        """Return the value of each strike in an event that ends at a cut, shape (H, T)."""
        periods = self.job.network.case.periods
        edges, at = self.months * np.arange(periods + 1), self.at[position]
        found = np.ones((len(self.strikes), periods))
        for h, strike in enumerate(self.strikes):
            if strike.event != self.mapped[position].event.id:
                continue
            effect = strike.effect
            since = at + effect.start_months
            until = at + min(effect.start_months + effect.months, cut)
            inside = np.minimum(edges[1:], until) - np.maximum(edges[:-1], since)
            found[h] += (_multiple(strike) - 1.0) * np.clip(inside, 0.0, None) / self.months
        # A severity of 1 and a whole period leave no trace of rounding.
        return np.round(found, 12)

    def _scenarios(self, values: Vector, labels: Sequence[str]) -> Scenarios:
        announced = tuple(
            (hazard_name(h), int(strike.effect.announced_months // self.months))
            for h, strike in enumerate(self.strikes)
            if strike.effect.announced_months >= self.months
        )
        return Scenarios(
            (*(hazard_name(h) for h in range(len(self.strikes))), NEWS),
            values,
            np.full(len(values), 1.0 / len(values)),
            tuple(labels),
            source="listed",
            announced=announced,
        )

    def point(self, plan: Plan) -> Vector:
        """Return the first stage of a plan, in the order of the problem."""
        table = plan.first_stage
        known = dict(zip(table["variable"].tolist(), table["value"].tolist(), strict=True))
        names = self.blocks.columns[: self.blocks.first]
        missing = [name for name in names if name not in known]
        if missing:
            message = f"the plan is not one of its case: it has no {missing[0]}"
            raise InputError(
                [
                    Finding.error(
                        table="plan",
                        message=message,
                        remedy="solve the case again with this version",
                    )
                ]
            )
        return np.array([float(known[name]) for name in names])

    def calm(self, point: Vector) -> View:
        """Return a plan in the one scenario in which nothing is ever heard of."""
        values = np.ones((1, len(self.strikes) + 1, self.job.network.case.periods))
        return self._view(point, self._scenarios(values, ["calm"]))

    def play(self, point: Vector, cuts: Sequence[Cut]) -> View:
        """Return a plan in some events of some lengths, each met as is cheapest once it is news."""
        return self._view(point, self.batch(cuts), [self.mapped[e].event.id for e, _ in cuts])

    def _view(self, point: Vector, batch: Scenarios, events: Sequence[str] = ()) -> View:
        theta, news = self._data(batch)
        evaluator = Evaluator(self.blocks, theta, batch.probability, news, policies=False)
        try:
            found = evaluator.evaluate(point)
        finally:
            evaluator.close()
        if found.missing:
            lost = int(np.flatnonzero(~np.isfinite(found.costs))[0])
            message = f"in {(*events, 'no event')[lost]} the plan leaves nothing that could be done"
            remedy = "give the demand that is firm a cost of shortage"
            raise InputError([Finding.error(table="stress", message=message, remedy=remedy)])
        outcomes = from_forms(self.blocks, point, found.forms, batch.probability)
        return make_view(self.job.network, self.blocks, point, outcomes)

    def best(self, position: int) -> View:
        """Return the cheapest plan of one event that is certain and known from the start."""
        theta, news = self._data(self.batch([(position, np.inf)]), "clairvoyant")
        found = solve_extensive(self.blocks, theta, np.ones(1), news)
        return make_view(self.job.network, self.blocks, found.plan, found.outcomes)

    def _data(
        self, batch: Scenarios, information: Information = "news"
    ) -> tuple[Vector, NDArray[np.int64]]:
        job = self.job
        return scenario_data(self.blocks, job.network, batch, job.build.levels, information)


def stressed(case: Case, strikes: Sequence[Strike]) -> Case:
    """Return a case whose hazards are those of some events, and nothing else may happen."""
    tables = {name: case.raw(name) for name in case.tables if name not in OTHER_CHANCES}
    rows = hazard_rows(strikes)
    if rows:
        tables["hazards"] = pd.DataFrame(rows)
    plain = case.settings.scenarios.model_copy(update={"source": None})
    settings = case.settings.model_copy(update={"policy": (), "scenarios": plain})
    return Case.from_frames(settings, tables)


def _multiple(strike: Strike) -> float:
    effect = strike.effect
    if strike.what == "supply":
        return 1.0 - (effect.severity or 0.0)
    found = effect.price_multiple if strike.what == "price" else effect.demand_multiple
    return 1.0 if found is None else found
