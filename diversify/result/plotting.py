"""The figures of a plan, for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diversify.report.figures.costs import costs
from diversify.report.figures.map import world_map
from diversify.report.figures.risk import risk
from diversify.report.figures.sankey import sankey
from diversify.report.figures.shares import shares
from diversify.report.figures.stocks import disruptions, stocks
from diversify.report.figures.value import value_added
from diversify.report.flows import By, capacity, chosen, flows
from diversify.report.palette import assigned
from diversify.report.subjects import cost_budgets, countries_by_weight, subjects

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from diversify.result.plan import Plan


class Plots:
    """The figures of a plan, each as plotly's own object.

    Parameters
    ----------
    plan : Plan
        A solved plan.

    Examples
    --------
    >>> import diversify as dv
    >>> plan = dv.solve(dv.example("first-steps"), dv.ShareCap(by="country", share=0.65,
    ...     foreign_only=False))
    >>> plan.plot.costs().data[0].type
    'bar'
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._flows = flows(plan.case, plan.portfolio)

    def _colours(self) -> dict[str, str]:
        return assigned(countries_by_weight(self._flows))

    def map(
        self,
        material: str | None = None,
        stage: str | None = None,
        period: str | None = None,
        *,
        areas: bool = True,
    ) -> Figure:
        """Return where a material comes from, on a map of the world.

        Parameters
        ----------
        material : str, optional
            Which material; omitted: the first.
        stage : str, optional
            At which stage; omitted: the first that it leaves.
        period : str, optional
            Label of one period; omitted: the horizon.
        areas : bool
            Colour countries; if false, circles on plain land.
        """
        material, period = self._choice(material, period)
        stage = chosen("stage", stage, self._flows.stages(material))
        return world_map(self._flows, material, stage, period, areas=areas).figure()

    def sankey(
        self, material: str | None = None, period: str | None = None, by: By = "country"
    ) -> Figure:
        """Return the flows of a material from mine to buyer.

        Parameters
        ----------
        material, period : str, optional
            As in :meth:`map`.
        by : {"country", "owner", "site"}
            What a place is.
        """
        material, period = self._choice(material, period)
        chosen("by", by, ("country", "owner", "site"))
        return sankey(self._flows, material, period, by, self._colours()).figure()

    def shares(
        self,
        material: str | None = None,
        by: By = "country",
        period: str | None = None,
        *,
        before: Plan | None = None,
    ) -> Figure:
        """Return the shares at each stage, beside those of the market and the caps.

        Parameters
        ----------
        material, period : str, optional
            As in :meth:`map`.
        by : {"country", "owner", "site", "bloc"}
            Whose shares.
        before : Plan, optional
            A plan whose shares are shown instead of those of the market.
        """
        material, period = self._choice(material, period)
        chosen("by", by, ("country", "owner", "site", "bloc"))
        found = shares(
            self._plan.shares(),
            self._flows,
            capacity(self._plan.case),
            material,
            by,
            period,
            self._colours(),
            None if before is None else ("before", before.shares()),
        )
        return found.figure()

    def costs(self) -> Figure:
        """Return the expected costs by kind."""
        return costs(self._plan.costs).figure()

    def risk(self, what: str | None = None) -> Figure:
        """Return how likely losses are, with risk figures and limits.

        Parameters
        ----------
        what : str, optional
            ``cost``, or a material that is short; omitted: the first material.
        """
        plan = self._plan
        what = chosen("subject", what, subjects(plan.risk, plan.loss_curves, cost_budgets(plan)))
        return risk(plan.risk, plan.loss_curves, what, cost_budgets(plan)).figure()

    def stocks(self) -> Figure:
        """Return stocks in days, beside how long disruptions last."""
        return stocks(self._plan.stocks, disruptions(self._plan.case)).figure()

    def value_added(self) -> Figure:
        """Return where value is added."""
        return value_added(self._plan.value_added).figure()

    def _choice(self, material: str | None, period: str | None) -> tuple[str, str | None]:
        found = chosen("material", material, self._flows.materials)
        return found, None if period is None else chosen("period", period, self._flows.periods)
