"""The European Union's benchmarks for 2030, as one policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from diversify.policies.amount_cap import kept_as_row
from diversify.policies.base import Policy, Share, period_groups
from diversify.policies.totals import total_variables

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.formulation.forms import Form
    from diversify.interfaces import PlanView

FLOORS = {"extraction": "mine", "processing": "refine", "recycling": "recycle"}
WORDS = {"extraction": "mined", "processing": "processed", "recycling": "recycled"}
YEAR = 2030


@dataclass(frozen=True, slots=True)
class _Row:
    """One benchmark: a part, what it is a share of, and that share at full ambition.

    What it is a share of is a form, with the index of its variable, or a number of tonnes.
    """

    part: Form
    whole: Form | float
    total: tuple[str, ...]
    share: float
    floor: bool
    periods: tuple[int, ...]


class Crma(Policy):
    r"""The benchmarks of the EU's Critical Raw Materials Act, as far as an ambition goes.

    .. math:: home_{s,m} \ge a\, \beta_s\, D_m \quad (s = mine, refine, recycle), \qquad
        out_{s,m,k} \le \bigl(1 - (1 - \gamma)\, a\bigr)\, (volume_{s,m} + secondary_{s,m})

    for every country :math:`k` that is not the buyer's and :math:`s = mine, refine`. Regulation
    (EU) 2024/1252, article 5: by 2030 at least 10, 40 and 25 % of annual consumption from
    extraction, processing and recycling in the Union, and at most 65 % of it from any one third
    country at any stage. It speaks of capacity; here it is what is booked. :math:`D` is
    consumption (:func:`diversify.formulation.consumption.consumption`): the buyers' demand in
    contained material; :math:`secondary` is recycled material that goes round the stage.

    Parameters
    ----------
    ambition : float
        1 (default): as in the regulation; 0: no limit; between, in proportion.
    extraction, processing, recycling : float
        Least share of consumption at full ambition; 0 leaves the benchmark out.
    third_country : float
        Largest share of one third country at full ambition; 1 leaves the benchmark out.
    material, buyer : str, optional
        Only this material, only the consumption and the home of this buyer; omitted: each
        material that is mined, refined or recycled and consumed, all buyers together.
    period : str, optional
        ``"each"`` period on its own, each ``"year"``, the whole ``"horizon"``, or the label of one
        period; omitted: each year from 2030 on, or the horizon if the case ends before.

    Examples
    --------
    >>> Crma(extraction=0, processing=0, recycling=0, ambition=0.5, period="2030").sentence()
    'No third country has more than 82.5 % of any stage, in 2030.'
    """

    kind: Literal["crma"] = "crma"
    ambition: Share = 1.0
    extraction: Share = 0.10
    processing: Share = 0.40
    recycling: Share = 0.25
    third_country: Share = 0.65
    material: str | None = None
    buyer: str | None = None
    period: str | None = None

    unit = "USD per unit of ambition"
    level_field = "ambition"
    upper = False

    def default_name(self) -> str:
        """Return a name such as ``crma NdPr``."""
        return " ".join(p for p in [self.kind, self.material, self.buyer] if p)

    @property
    def level_value(self) -> float:
        """Return the ambition."""
        return self.ambition

    def with_level(self, value: float) -> Crma:
        """Return the benchmarks at another ambition."""
        return self.model_copy(update={"ambition": value})

    def sentence(self) -> str:
        """Return the benchmarks as one sentence."""
        floors = [
            f"{100 * self.ambition * share:.6g} %{' of consumption is' if not i else ''} {word}"
            for i, (share, word) in enumerate(
                (share, WORDS[name]) for name, share in self._shares().items() if share > 0
            )
        ]
        parts = [f"At least {', '.join(floors)} at home"] if floors else []
        if self.third_country < 1:
            cap = 100 * (1 - (1 - self.third_country) * self.ambition)
            who = "no third country" if parts else "No third country"
            parts.append(f"{who} has more than {cap:.6g} % of any stage")
        of = f", of {self.material}" if self.material else ""
        to = f", for {self.buyer}" if self.buyer else ""
        words = {
            None: f"in each year from {YEAR} on, or over the horizon of a case that ends before",
            "each": "in each period",
            "year": "in each year",
            "horizon": "over the horizon",
        }
        when = words.get(self.period, f"in {self.period}")
        return f"{', and '.join(parts) or 'No benchmark is set'}{of}{to}, {when}."

    def constrain(self, build: Build) -> None:
        """Add one row for each benchmark, material, third country and period."""
        rows = self._rows(build.network)
        if not rows:
            self.empty(build, "it sets no benchmark for a material that is consumed in this case")
            return
        level = build.level(self.name, self.ambition)
        plan = build.model.plan
        wholes = {
            row.total: (row.whole, row.periods)
            for row in rows.values()
            if not isinstance(row.whole, float)
        }
        total = total_variables(build, self.name, wholes)

        def benchmark(*index: str) -> Any:
            row = rows[index]
            part = kept_as_row(build, row.part.expression(plan, row.periods))
            whole = row.whole if isinstance(row.whole, float) else total[row.total]
            if row.floor:
                return part >= level * row.share * whole
            return part <= (1 - (1 - row.share) * level) * whole

        build.add_rows("plan", self.name, list(rows), benchmark)

    def row_words(self, index: tuple[str, ...]) -> str:
        """Return which benchmark a row is, such as ``recycling of NdPr at home in horizon``."""
        name, material, place, label = index
        where = "at home" if place == "home" else f"in {place}"
        return f"{name} of {material} {where} in {label}"

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the ambition that each benchmark reaches; without consumption there is none."""
        found = {}
        for index, row in self._rows(view.network).items():
            whole = row.whole
            if not isinstance(whole, float):
                whole = whole.value(view, row.periods)
            if whole > 0:
                part = row.part.value(view, row.periods) / whole
                reached = part / row.share if row.floor else (1 - part) / (1 - row.share)
                found[self.row_words(index)] = reached
        return found

    def _shares(self) -> dict[str, float]:
        return {
            "extraction": self.extraction,
            "processing": self.processing,
            "recycling": self.recycling,
        }

    def _spans(self, network: Network) -> dict[str, list[int]]:
        if self.period is not None:
            spans = period_groups(network, self.period)
            self.known("period", [self.period] if not spans else [], network.case.period_labels)
            return spans
        years = period_groups(network, "year")
        late = {label: span for label, span in years.items() if int(label) >= YEAR}
        return late or period_groups(network, "horizon")

    def _rows(self, network: Network) -> dict[tuple[str, ...], _Row]:
        from diversify.formulation.consumption import consumption

        self.known("material", [self.material] if self.material else [], network.materials)
        self.known("buyer", [self.buyer] if self.buyer else [], network.buyers)
        buyers = (self.buyer,) if self.buyer else network.buyers
        home = frozenset().union(*(network.case.countries_of(b) for b in buyers))
        rows: dict[tuple[str, ...], _Row] = {}
        for label, span in self._spans(network).items():
            for material in [self.material] if self.material else network.materials:
                if not any(network.leaves_stage(stage, material) for stage in FLOORS.values()):
                    continue
                whole = consumption(network, material, buyers, span)
                if whole:
                    rows |= self._floors(network, material, home, label, span, whole)
                    rows |= self._caps(network, material, home, label, span)
        return rows

    def _floors(
        self,
        network: Network,
        material: str,
        home: frozenset[str],
        label: str,
        span: list[int],
        whole: Form | float,
    ) -> dict[tuple[str, ...], _Row]:
        return {
            (name, material, "home", label): _Row(
                part=_leaving(network, FLOORS[name], material, home),
                whole=whole,
                total=("consumption", material, label),
                share=share,
                floor=True,
                periods=tuple(span),
            )
            for name, share in self._shares().items()
            if share > 0
        }

    def _caps(
        self, network: Network, material: str, home: frozenset[str], label: str, span: list[int]
    ) -> dict[tuple[str, ...], _Row]:
        if self.third_country >= 1:
            return {}
        found: dict[tuple[str, ...], _Row] = {}
        for name in ("extraction", "processing"):
            stage = FLOORS[name]
            whole = _at_stage(network, stage, material)
            countries = {network.lane(lane, "country") for lane in whole.lanes} - home
            for country in sorted(countries):
                part = _leaving(network, stage, material, {country})
                if part:
                    found[name, material, country, label] = _Row(
                        part=part,
                        whole=whole,
                        total=(name, material, label),
                        share=self.third_country,
                        floor=False,
                        periods=tuple(span),
                    )
        return found


def _leaving(
    network: Network, stage: str, material: str, countries: frozenset[str] | set[str]
) -> Form:
    """Return what leaves a stage in some countries, in contained material [t]."""
    from diversify.formulation.forms import Form

    return Form(
        {
            lane: network.contained(lane, material)
            for lane in network.leaves_stage(stage, material)
            if network.lane(lane, "country") in countries
        }
    )


def _at_stage(network: Network, stage: str, material: str) -> Form:
    """Return what is consumed at a stage: all that leaves it, and recycled material around it."""
    from diversify.formulation.forms import Form

    around = [
        lane
        for lane in network.leaves_stage("recycle", material)
        if network.lane(lane, "destination_stage") != stage
    ]
    lanes = [*network.leaves_stage(stage, material), *around]
    return Form({lane: network.contained(lane, material) for lane in lanes})
