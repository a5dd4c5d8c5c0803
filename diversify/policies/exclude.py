"""Nothing, or little, from some sites, owners, countries or blocs: decoupling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from diversify.errors import InputError
from diversify.policies.base import Names, Policy, Share
from diversify.policies.groups import By, members, times
from diversify.policies.share_cap import ShareCap
from diversify.policies.shares import ShareRow, counted_tonnes, parts, whole
from diversify.policies.tracking import LookThrough, through_name, through_words

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView


class Exclude(Policy):
    r"""Nothing is booked from the named groups, from a period on or along a path.

    .. math:: \textstyle\sum_{l \in group} book_{l,t} \le limit \quad \forall t \ge from,
        \qquad \text{on a path} \quad x_{g,t} - path_t\, V_t \le limit

    Parameters
    ----------
    by : {"site", "owner", "country", "bloc"}
        What is excluded.
    names : list of str
        Who is excluded.
    stage, material : str, optional
        Only at this stage, only this material.
    from_period : str, optional
        Label of the first period of the exclusion; omitted: from the start.
    limit : float
        Tonnes that remain allowed in each period: of lane volume, or, with ``phase_out`` or
        ``look_through``, of each contained material out of each stage.
    phase_out : table, optional
        The way out: by year or label of a period the share of the volume that is still allowed,
        until the next entry; before the first there is no limit. It takes the place of
        ``from_period``.
    look_through : bool or "touched"
        Exclude also what was mined there and refined elsewhere, or touched there at all.

    Examples
    --------
    >>> Exclude(by="country", names=["CHN"]).sentence()
    'Nothing is booked from CHN.'
    >>> Exclude(by="country", names=["CHN"], phase_out={"2027": 0.4, "2030": 0}).sentence()
    'At most 40 % from 2027, nothing from 2030 is booked from CHN.'
    """

    kind: Literal["exclude"] = "exclude"
    by: By
    names: Names = Field(min_length=1)
    stage: str | None = None
    material: str | None = None
    from_period: str | None = None
    limit: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    phase_out: dict[str, Share] | None = Field(default=None, min_length=1)
    look_through: LookThrough = False

    unit = "USD per tonne allowed in each period"

    @model_validator(mode="after")
    def _one_beginning(self) -> Self:
        if self.phase_out and self.from_period:
            raise ValueError("from_period: phase_out says when the exclusion begins")
        return self

    def __hash__(self) -> int:
        """Return a hash of the name, since a path is a table."""
        return hash((self.kind, self.name))

    def default_name(self) -> str:
        """Return a name such as ``exclude CHN refine``."""
        what = ["exclude", *self.names, self.stage, self.material]
        return " ".join(p for p in [*what, through_name(self.look_through)] if p)

    @property
    def level_value(self) -> float:
        """Return the tonnes that remain allowed."""
        return self.limit

    def with_level(self, value: float) -> Self:
        """Return the exclusion with another remainder."""
        return self.model_copy(update={"limit": value})

    def sentence(self) -> str:
        """Return the exclusion as one sentence."""
        what = f" of {self.material}" if self.material else ""
        where = f" at the {self.stage} stage" if self.stage else ""
        when = f" from {self.from_period} on" if self.from_period else ""
        much = f"At most {self.limit:g} t a period" if self.limit else "Nothing"
        if self.phase_out:
            steps = [
                f"{f'at most {100 * share:g} %' if share else 'nothing'} from {since}"
                for since, share in self.phase_out.items()
            ]
            more = f" and {self.limit:g} t a period more" if self.limit else ""
            much = ", ".join(steps) + more
            much = much[0].upper() + much[1:]
        through = through_words(self.look_through)
        return f"{much}{what}{where} is booked from {' or '.join(self.names)}{when}{through}."

    def constrain(self, build: Build) -> None:
        """Add one row for each name and period; along a path also for each stage and material."""
        if self._by_material:
            self._constrain_materials(build)
            return
        chosen = self._chosen(build.network)
        if not chosen:
            self.empty(build, "it excludes no lane of this case")
            return
        level = build.level(self.name, self.limit)
        book = build.model.plan.book
        build.add_rows(
            "plan",
            self.name,
            list(chosen),
            lambda *i: (
                sum(book[lane, build.network.case.period_labels.index(i[1])] for lane in chosen[i])
                <= level
            ),
        )

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the tonnes booked from each name in each period, less what a path allows."""
        if self._by_material:
            rows = self._rows(view.network)
            allowed = self._allowed(view.network)
            return counted_tonnes(view, rows, [allowed[row.periods[0]] for row in rows])
        labels = view.network.case.period_labels
        return {
            f"{name} in {label}": sum(
                view.booked.get((lane, labels.index(label)), 0.0) for lane in lanes
            )
            for (name, label), lanes in self._chosen(view.network).items()
        }

    @property
    def _by_material(self) -> bool:
        return bool(self.phase_out or self.look_through)

    def _constrain_materials(self, build: Build) -> None:
        rows = self._rows(build.network)
        if not rows:
            self.empty(build, "it excludes no volume of this case")
            return
        level = build.level(self.name, self.limit)
        part = parts(build, self.name, rows)
        allowed = self._allowed(build.network)
        found = {row.index: row for row in rows}

        def rule(*index: str) -> Any:
            row = found[index]  # type: ignore[index]
            share = allowed[row.periods[0]]
            return part(row) - (share * whole(build, row) if share else 0.0) <= level

        build.add_rows("plan", self.name, list(found), rule)

    def _rows(self, network: Network) -> list[ShareRow]:
        """Return what is counted in the periods that have a limit, material by material."""
        counted = ShareCap(
            name=self.name,
            by=self.by,
            names=self.names,
            stage=self.stage,
            material=self.material,
            look_through=self.look_through,
            allow_empty=self.allow_empty,
        )
        allowed = self._allowed(network)
        active = set(network.active)
        return [
            row
            for row in counted.share_rows(network)
            if row.periods[0] in allowed
            and any(pair in active for pair in row.booked + [(i, t) for (i, _), t in row.traced])
        ]

    def _allowed(self, network: Network) -> dict[int, float]:
        """Return the share that is allowed in each period that has a limit."""
        labels = network.case.period_labels
        self.known("from_period", [self.from_period] if self.from_period else [], labels)
        if not self.phase_out:
            first = labels.index(self.from_period) if self.from_period else 0
            return dict.fromkeys(network.periods[first:], 0.0)
        years = {label[:4]: t for t, label in reversed(list(enumerate(labels)))}
        begins = {label: t for t, label in enumerate(labels)} | years
        self.known("phase_out", self.phase_out, begins)
        twice = [since for since in self.phase_out if since in years and since not in labels]
        twice = [since for since in twice if labels[begins[since]] in self.phase_out]
        if twice:
            what = f"{twice[0]} and {labels[begins[twice[0]]]} begin together"
            raise InputError([self.finding("phase_out", twice[0], what, "keep one of the two")])
        steps = sorted((begins[since], share) for since, share in self.phase_out.items())
        return {
            t: [share for since, share in steps if since <= t][-1]
            for t in network.periods
            if t >= steps[0][0]
        }

    def _chosen(self, network: Network) -> dict[tuple[str, str], list[str]]:
        groups = members(network, self.by)
        self.known("names", self.names, groups)
        self.known("stage", [self.stage] if self.stage else [], network.stages)
        self.known("material", [self.material] if self.material else [], network.materials)
        labels = network.case.period_labels
        allowed = self._allowed(network)
        active = set(network.active)
        when = times(network, network.blocs) if self.by == "bloc" else {}
        chosen: dict[tuple[str, str], list[str]] = {}
        silent = []
        for name in self.names:
            lanes = [
                lane
                for lane in groups[name]
                if self.stage in (None, network.lane(lane, "stage"))
                and (self.material is None or network.contained(lane, self.material) > 0)
            ]
            if not lanes and not self.allow_empty:
                silent.append(
                    self.finding(
                        "names",
                        name,
                        f"it matches nothing: no lane leaves {name!r}",
                        "correct it, or write allow_empty = true",
                    )
                )
            now = when.get(name, {})
            for t in allowed:
                open_lanes = [
                    lane
                    for lane in lanes
                    if (lane, t) in active and t in now.get(network.lane(lane, "origin"), (t,))
                ]
                if open_lanes:
                    chosen[name, labels[t]] = open_lanes
        if silent:
            raise InputError(silent)
        return chosen
