"""A floor under what producing countries keep: processing, or value added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from diversify.errors import InputError
from diversify.policies.amount_cap import named_countries
from diversify.policies.base import OPEN, Names, Policy, Share, period_groups
from diversify.policies.totals import total_variables

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.formulation.forms import DatedForm, Form
    from diversify.interfaces import PlanView


@dataclass(frozen=True, slots=True)
class _Row:
    """What the producing countries keep, and what there is."""

    part: DatedForm
    whole: Form
    periods: tuple[int, ...]


class ProducerValueFloor(Policy):
    r"""At least a share of processing, or of value added, stays in producing countries.

    .. math:: \textstyle\sum_{t} v_{P}\cdot book_t \ge share \sum_t v \cdot book_t

    with :math:`v` the contained tonnes that leave the stage ``refine`` (``of = "processing"``), or
    the value of outputs less that of inputs at reference prices, undiscounted
    (``of = "value_added"``, see :func:`diversify.formulation.value.value_by_material`), and
    :math:`v_P` the part of the sites in producing countries.

    Parameters
    ----------
    share : float
        Smallest share allowed, a fraction.
    of : {"processing", "value_added"}
        What is shared.
    names : list of str, optional
        The producing countries (ISO3) or blocs; omitted: the countries in which the case mines the
        material.
    material : str, optional
        Only this one; omitted: processing of each separately, value added of all together.
    period : str
        ``"each"`` period on its own, each ``"year"``, the whole ``"horizon"`` (default), or the
        label of one period.

    Examples
    --------
    >>> ProducerValueFloor(share=0.3, of="value_added", names=["COD", "ZWE"]).sentence()
    'At least 30 % of the value added is kept by COD and ZWE over the horizon.'
    """

    kind: Literal["producer_value_floor"] = "producer_value_floor"
    share: Share = OPEN
    of: Literal["processing", "value_added"] = "processing"
    names: Names = ()
    material: str | None = None
    period: str = "horizon"

    unit = "USD per unit of share"
    level_field = "share"
    upper = False

    def default_name(self) -> str:
        """Return a name such as ``producer_value_floor value_added COD``."""
        return " ".join(p for p in [self.kind, self.of, *self.names, self.material] if p)

    @property
    def level_value(self) -> float:
        """Return the share."""
        return self.share

    def with_level(self, value: float) -> ProducerValueFloor:
        """Return the floor at another share."""
        return self.model_copy(update={"share": value})

    def sentence(self) -> str:
        """Return the floor as one sentence."""
        what = {"processing": "processing", "value_added": "value added"}[self.of]
        of = f" of {self.material}" if self.material else ""
        who = " and ".join(self.names) or "the countries that mine it"
        when = {"each": "in each period", "year": "in each year", "horizon": "over the horizon"}
        return (
            f"At least {100 * self.share:g} % of the {what}{of} is kept by {who} "
            f"{when.get(self.period, 'in ' + self.period)}."
        )

    def constrain(self, build: Build) -> None:
        """Add one row for each material (processing only) and period."""
        rows = self._rows(build.network)
        if not rows:
            self.empty(
                build, f"there is no {self.of.replace('_', ' ')} in this case that it counts"
            )
            return
        level = build.level(self.name, self.share)
        wholes = {index: (row.whole, row.periods) for index, row in rows.items()}
        total = total_variables(build, self.name, wholes)

        def floor(*index: str) -> Any:
            row = rows[index]
            return row.part.expression(build.model.plan, row.periods) >= level * total[index]

        build.add_rows("plan", self.name, list(rows), floor)

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the share that is kept; a total of nothing counts as no share at all."""
        found = {}
        for index, row in self._rows(view.network).items():
            whole = row.whole.value(view, row.periods)
            if whole > 0:
                part = row.part.value(view, row.periods)
                found[" in ".join(index)] = part / whole
        return found

    def _rows(self, network: Network) -> dict[tuple[str, ...], _Row]:
        from diversify.formulation.forms import DatedForm

        dated = named_countries(self, network)
        self.known("material", [self.material] if self.material else [], network.materials)
        spans = period_groups(network, self.period)
        self.known("period", [self.period] if not spans else [], network.case.period_labels)
        materials = [self.material] if self.material else list(network.materials)
        self._refuse_unmined(network, materials if self.of == "processing" else [self.material])
        by_name: dict[str, str | None] = {name: name for name in materials}
        if self.of == "value_added":
            by_name = {self.material or "all materials": self.material}
        rows: dict[tuple[str, ...], _Row] = {}
        for name, material in by_name.items():
            forms = [
                (
                    _processing(network, name, countries)
                    if self.of == "processing"
                    else _value(network, material, countries),
                    when,
                )
                for countries, when in dated
            ]
            part = DatedForm(tuple((kept, when) for (kept, _), when in forms))
            whole = forms[0][0][1]
            if whole:
                rows |= {
                    (name, label): _Row(part, whole, tuple(span)) for label, span in spans.items()
                }
        return rows

    def _refuse_unmined(self, network: Network, materials: Sequence[str | None]) -> None:
        """Refuse to take nobody for the producing countries."""
        from diversify.formulation.value import producers

        unmined = [
            name
            for name in materials
            if not producers(network, name)
            and (name is None or network.leaves_stage("refine", name))
        ]
        if unmined and not self.names and not self.allow_empty:
            raise InputError(
                [
                    self.finding(
                        "names",
                        None,
                        f"the case mines no {name or 'material'}, so that nobody is a producer",
                        "name the producing countries, or write allow_empty = true",
                    )
                    for name in unmined
                ]
            )


def _processing(
    network: Network, material: str, countries: frozenset[str] | None
) -> tuple[Form, Form]:
    from diversify.formulation.forms import Form
    from diversify.formulation.value import producers

    kept = producers(network, material) if countries is None else countries
    lanes = {
        lane: network.contained(lane, material) for lane in network.leaves_stage("refine", material)
    }
    part = {lane: held for lane, held in lanes.items() if network.lane(lane, "country") in kept}
    return Form(part), Form(lanes)


def _value(
    network: Network, material: str | None, countries: frozenset[str] | None
) -> tuple[Form, Form]:
    from diversify.formulation.forms import Form
    from diversify.formulation.value import producers, value_form

    kept = producers(network, material) if countries is None else countries
    part, whole = (value_form(network, chosen, material) for chosen in (kept, None))
    # In money of the largest value, so that the row is in tonnes of what has it.
    largest = max((abs(x) for x in whole.runs.values()), default=1.0)
    scaled = [Form(runs={run: x / largest for run, x in f.runs.items()}) for f in (part, whole)]
    return scaled[0], scaled[1]
