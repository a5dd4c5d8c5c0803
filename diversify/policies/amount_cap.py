"""What caps on an amount of the undisturbed plan have in common: emissions, residues."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field

from diversify.policies.base import OPEN, Names, Policy, period_groups

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.formulation.forms import DatedForm, Form
    from diversify.interfaces import PlanView


class AmountCap(Policy):
    """A cap on what the undisturbed plan lets out.

    Parameters
    ----------
    limit : float
        Largest amount [t] in each of the periods that are counted.
    names : list of str, optional
        Only sites in these countries (ISO3) or blocs, with the lanes that leave them.
    stage : str, optional
        Only sites of this stage, with the lanes that leave them.
    period : str
        ``"each"`` period on its own, each ``"year"``, the whole ``"horizon"`` (default), or the
        label of one period.
    """

    limit: float = Field(default=OPEN, ge=0, allow_inf_nan=False)
    names: Names = ()
    stage: str | None = None
    period: str = "horizon"

    what: ClassVar[str] = ""

    def default_name(self) -> str:
        """Return a name such as ``emissions_cap DEU refine``."""
        return " ".join(p for p in [self.kind, *self.names, self.stage] if p)

    @property
    def level_value(self) -> float:
        """Return the limit."""
        return self.limit

    def with_level(self, value: float) -> Self:
        """Return the cap at another amount."""
        return self.model_copy(update={"limit": value})

    def sentence(self) -> str:
        """Return the cap as one sentence."""
        where = f" in {' or '.join(self.names)}" if self.names else ""
        where += f" at the {self.stage} stage" if self.stage else ""
        when = {"each": "in each period", "year": "in each year", "horizon": "over the horizon"}
        return (
            f"The plan causes at most {self.limit:,.10g} {self.what}{where} "
            f"{when.get(self.period, 'in ' + self.period)}."
        )

    def constrain(self, build: Build) -> None:
        """Add one row for each of the periods that are counted."""
        form, spans = self._counted(build.network)
        if not form:
            self.empty(build, f"no site or lane that it counts has {self.what} in this case")
            return
        level = build.level(self.name, self.limit)
        sums = {label: form.expression(build.model.plan, span) for label, span in spans.items()}
        build.add_rows(
            "plan", self.name, list(sums), lambda i: kept_as_row(build, sums[i]) <= level
        )

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the amount in each of the periods that are counted [t]."""
        form, spans = self._counted(view.network)
        if not form:
            return {}
        return {label: form.value(view, span) for label, span in spans.items()}

    @abstractmethod
    def form(self, network: Network) -> Form:
        """Return what all sites and lanes let out, per tonne."""

    def _counted(self, network: Network) -> tuple[DatedForm, dict[str, list[int]]]:
        from diversify.formulation.forms import DatedForm, Form

        places = network.sites["country"].to_dict()
        stages = network.sites["stage"].to_dict()
        dated = named_countries(self, network)
        self.known("stage", [self.stage] if self.stage else [], stages.values())
        spans = period_groups(network, self.period)
        self.known("period", [self.period] if not spans else [], network.case.period_labels)
        whole = self.form(network)
        parts = []
        for countries, when in dated:
            chosen = {
                site
                for site, country in places.items()
                if (countries is None or country in countries)
                and self.stage in (None, stages[site])
            }
            lanes = {i: x for i, x in whole.lanes.items() if network.lane(i, "origin") in chosen}
            sites = {s: x for s, x in whole.sites.items() if s in chosen}
            parts.append((Form(lanes, sites), when))
        return DatedForm(tuple(parts)), spans


def kept_as_row(build: Build, side: Any) -> Any:
    """Return a side of a row, with a variable that is zero where it would have none.

    Without it a row that nothing can change would not be there for a conflict to name.
    """
    return side + build.model.plan.nothing if isinstance(side, int | float) else side


def named_countries(
    policy: Any, network: Network
) -> list[tuple[frozenset[str] | None, frozenset[int]]]:
    """Return the countries that the names of a policy stand for, with the periods in which they do.

    Parameters
    ----------
    policy : Policy
        With ``names``: countries of the case's sites, or blocs.
    network : Network
        The network of the case.

    Returns
    -------
    list of tuple
        ISO3 codes, None without names, and periods: one entry where no bloc changes.
    """
    policy.known("names", policy.names, [*network.sites["country"], *network.blocs])
    if not policy.names:
        return [(None, frozenset(network.periods))]
    each = [network.case.countries_in_time(name) for name in policy.names]
    found: dict[frozenset[str], set[int]] = {}
    for t in network.periods:
        found.setdefault(frozenset().union(*(at[t] for at in each)), set()).add(t)
    return [(countries, frozenset(when)) for countries, when in found.items()]
