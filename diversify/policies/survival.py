"""What policies that ask to survive losses have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Literal, cast

from pydantic import Field

from diversify.errors import InputError
from diversify.losses import Losses, Unit, group_units
from diversify.policies.base import Names, Policy
from diversify.policies.groups import By, members, times
from diversify.policies.shortage_budget import contained

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView

LossBy = Literal["site", "owner", "country", "bloc", "lane", "corridor"]


class Survival(Policy):
    r"""Each of some losses leaves shortage of at most a fraction of the demand meanwhile.

    .. math:: \textstyle\sum_{b,c,k,t} content_{c,m}\, short_{b,c,k,t}
        \le limit \sum_{b,c} \sum_{t \in loss} content_{c,m}\, demand_{b,c,t}

    for each material and each loss, in which nothing else happens.

    Attributes
    ----------
    limit : float
        Largest part of the demand during the loss that may stay unmet.
    by : {"site", "owner", "country", "bloc", "lane", "corridor"}
        What is lost.
    names : tuple of str
        Only these; all of them where it is empty (for blocs, names must be given).
    stage : str or None
        Only sites of this stage, or lanes that leave it.
    material, buyer : str or None
        Count only this material, only this buyer.
    from_period : str or None
        Label of the period in which the loss begins; the first one if omitted.
    """

    limit: float = Field(default=0.0, ge=0, le=1, allow_inf_nan=False)
    by: LossBy
    names: Names = ()
    stage: str | None = None
    material: str | None = None
    buyer: str | None = None
    from_period: str | None = None

    unit = "USD per unit of fraction short"

    @property
    def level_value(self) -> float:
        """Return the limit."""
        return self.limit

    def with_level(self, value: float) -> Survival:
        """Return the policy at another limit."""
        return self.model_copy(update={"limit": value})

    @abstractmethod
    def losses(self, network: Network) -> Losses:
        """Return the losses that the plan has to survive."""

    @abstractmethod
    def lengths(self, network: Network) -> set[float]:
        """Return how many periods the losses last."""

    def tail(self) -> str:
        """Return the end of a sentence: what may be short, when, and for whom."""
        to = f" for {self.buyer}" if self.buyer else ""
        if self.limit == 0:
            return f"leaves no {self.material or 'material'}{to} short"
        what = self.material or "any material"
        return f"leaves at most {100 * self.limit:g} % of the demand for {what}{to} unmet"

    def units(self, network: Network) -> list[Unit]:
        """Return what may be lost, after refusing names that the case does not have."""
        self.known("stage", [self.stage] if self.stage else [], network.stages)
        self.known("buyer", [self.buyer] if self.buyer else [], network.buyers)
        sites, lanes = network.sites, network.lanes
        if self.by in ("lane", "corridor"):
            inside = lanes if self.stage is None else lanes[lanes["stage"] == self.stage]
            if self.by == "lane":
                groups = {str(lane): [str(lane)] for lane in inside.index}
            else:
                named = inside[inside["corridor"] != ""]
                groups = {str(n): list(g.index) for n, g in named.groupby("corridor")}
            self.known("names", self.names, groups)
            chosen = {n: g for n, g in groups.items() if not self.names or n in self.names}
            return group_units(self.by, chosen, sites=False)
        if self.by == "bloc" and not self.names:
            message, remedy = "a loss by bloc needs names", "say which blocs"
            raise InputError([self.finding("names", None, message, remedy)])
        by_lane = members(network, cast("By", self.by))
        self.known("names", self.names, by_lane)
        when = times(network, network.blocs) if self.by == "bloc" else {}
        first = self.start(network)
        origin = lanes["origin"].to_dict()
        at_stage = (
            set(sites.index[sites["stage"] == self.stage]) if self.stage else set(sites.index)
        )
        return group_units(
            self.by,
            {
                name: {
                    site
                    for site in {origin[lane] for lane in found} & at_stage
                    if first in when.get(name, {}).get(site, (first,))
                }
                for name, found in by_lane.items()
                if not self.names or name in self.names
            },
        )

    def start(self, network: Network) -> int:
        """Return the number of the period in which losses begin."""
        labels = network.case.period_labels
        self.known("from_period", [self.from_period] if self.from_period else [], labels)
        return labels.index(self.from_period) if self.from_period else 0

    def demanded(self, network: Network, length: float) -> dict[str, float]:
        """Return the demand during a loss [t] for each material that counts."""
        self.known("material", [self.material] if self.material else [], network.materials)
        names = [self.material] if self.material else list(network.materials)
        first = self.start(network)
        found = {}
        for name in names:
            total = sum(
                contained(network, c, name) * q * min(1.0, max(0.0, first + length - t))
                for (b, c, t), q in network.demand.items()
                if self.buyer in (None, b) and t >= first
            )
            if total > 0:
                found[name] = total
        return found

    def constrain(self, build: Build) -> None:
        """Add one row for each material and length, which counts in the policy's losses only."""
        network = build.network
        wanted = {
            (material, length): total
            for length in sorted(self.lengths(network))
            for material, total in self.demanded(network, length).items()
        }
        mine = any(loss.policy == self.name for loss in network.losses.every)
        if not wanted or not mine:
            self.empty(build, "there is nothing that could be lost, or nothing that could be short")
            return
        level = build.level(self.name, self.limit)
        build.trial.add(self.name)
        short = build.model.ops.short
        for length in sorted({length for _, length in wanted}):
            largest = max(total for (_, n), total in wanted.items() if n == length)
            tag = "" if len(self.lengths(network)) == 1 else f" of {length:g} periods"
            build.add_rows(
                "ops",
                self.name,
                [material for material, n in wanted if n == length],
                lambda material, length=length, largest=largest: (
                    # Fractions of a large demand would need coefficients near zero.
                    sum(
                        largest / wanted[material, length] * held * short[b, c, k, t]
                        for b, c, k, t in short
                        if self.buyer in (None, b) and (held := contained(network, c, material)) > 0
                    )
                    <= largest * level
                ),
                tag=tag,
            )

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the part of the demand that each loss leaves unmet, by material."""
        network = view.network
        found: dict[str, float] = {}
        for loss, short in view.trials.items():
            if loss.policy != self.name:
                continue
            for material, total in self.demanded(network, loss.length).items():
                lost = sum(
                    contained(network, c, material) * tonnes
                    for (b, c), tonnes in short.items()
                    if self.buyer in (None, b)
                )
                found[f"{material} without {loss.label}"] = lost / total
        return found
