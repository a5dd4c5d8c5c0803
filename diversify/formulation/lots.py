"""Where a tonne comes from: lots of one history each, through every site that works on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from diversify.formulation.network import Network

State = tuple[str, ...]
"""The groups that a lot counts for, sorted; empty for none of those that are asked for."""
Cell = tuple[str, State]
"""A lane, and the lots of one state on it."""
Term = tuple[str, str, str, str, State]
"""What a row multiplies: its kind, lane or site, recipe, commodity, state."""

RECYCLED = "recycle"


@dataclass(frozen=True, slots=True)
class LotRow:
    """A row that lots keep in each period: the sum of its terms is 0, or at most 0."""

    index: tuple[str, str, str, str]
    terms: Mapping[Term, float]
    equal: bool


@dataclass(frozen=True, eq=False)
class Lots:
    r"""The lots of some materials that travel through a network, by what they count for.

    A lot is a part of what is booked on a lane, all of one state: the groups that mined it, or
    that touched it. Its state follows from the sites that it passes; what a site makes of lots of
    one state is at most what its recipes yield:

    .. math:: \textstyle\sum_\sigma lot_{l,\sigma,t} = book_{l,t}, \quad
        \sum_{l \in out(s,c)} lot_{l,\sigma',t} \le
        \sum_r y_{r,c} \sum_{c'} \frac{w_{r,c'}}{a_{r,c'}}
        \sum_{\sigma \to \sigma'} fed_{s,r,c',\sigma,t}

    with :math:`w_{r,c'}` the part of the material that comes with input :math:`c'`.

    Attributes
    ----------
    network : Network
        The network of the case.
    own : mapping
        Groups of each site that are asked for, sorted.
    touched : bool
        Whether each site that works on a lot counts, not only the one that mined it.
    inputs : mapping
        Of each site and recipe the inputs that hold the material, with the part of the material
        that comes with each; empty where the material begins.
    states : mapping
        States that the lots on each lane can have, sorted; only lanes that matter are in it.
    """

    network: Network
    own: Mapping[str, State]
    touched: bool
    inputs: Mapping[tuple[str, str], Mapping[str, float]]
    states: Mapping[str, tuple[State, ...]] = field(default_factory=dict)

    def cells(self, lanes: Iterable[str], names: Collection[str]) -> tuple[Cell, ...]:
        """Return the lots on some lanes that count for any of the names."""
        wanted = set(names)
        return tuple(
            (lane, state) for lane in lanes for state in self.states[lane] if wanted & set(state)
        )

    def uncounted(self, lanes: Iterable[str]) -> bool:
        """Say whether some lots on some lanes count for nobody."""
        return any(() in self.states[lane] for lane in lanes)

    @property
    def begins(self) -> tuple[str, ...]:
        """Sites that are neither mines nor recyclers and that the material comes from."""
        ends = {self.network.lane(lane, "origin") for lane in self.states}
        return tuple(
            sorted(
                {
                    site
                    for (site, _), inputs in self.inputs.items()
                    if not inputs
                    and site in ends
                    and self.network.site(site, "stage") not in ("mine", RECYCLED)
                }
            )
        )

    def after(self, site: str, state: State) -> State:
        """Return the state of what a site makes of lots of a state."""
        if self.touched:
            return tuple(sorted({*state, *self.own[site]}))
        return () if self.network.site(site, "stage") == RECYCLED else state

    def origin(self, site: str) -> State:
        """Return the state of what begins at a site; what is recycled was mined nowhere."""
        recycled = self.network.site(site, "stage") == RECYCLED
        return () if recycled and not self.touched else self.own[site]

    @cached_property
    def rows(self) -> tuple[LotRow, ...]:
        """What the lots keep in each period."""
        return (*self._partitions(), *self._feeds(), *self._outputs())

    @cached_property
    def _users(self) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for site, recipe in self.network.recipes:
            for commodity in self.inputs.get((site, recipe), {}):
                found.setdefault((site, commodity), []).append(recipe)
        return found

    def _arriving(self, site: str, commodity: str) -> list[Cell]:
        lanes = self.network.lanes_to.get((site, commodity), [])
        return [(lane, state) for lane in lanes for state in self.states.get(lane, ())]

    def _split(self, site: str, commodity: str) -> bool:
        """Say whether it is a choice which recipe gets which lots."""
        several = len({state for _, state in self._arriving(site, commodity)}) > 1
        return several and len(self._users[site, commodity]) > 1

    def _fed(self, site: str, recipe: str, commodity: str) -> Iterator[tuple[State, Term, float]]:
        """Yield what a recipe gets of lots of each state [t], as terms."""
        arriving = self._arriving(site, commodity)
        if self._split(site, commodity):
            for state in sorted({state for _, state in arriving}):
                yield state, ("fed", site, recipe, commodity, state), 1.0
        elif len(self._users[site, commodity]) > 1 and arriving:
            amount = self.network.recipes[site, recipe]["input"][commodity]
            yield arriving[0][1], ("run", site, recipe, "", ()), amount
        else:
            for lane, state in arriving:
                yield state, ("lot", lane, "", "", state), 1.0

    def _partitions(self) -> Iterator[LotRow]:
        for lane, states in self.states.items():
            if len(states) > 1:
                terms: dict[Term, float] = {("lot", lane, "", "", s): 1.0 for s in states}
                terms["book", lane, "", "", ()] = -1.0
                yield LotRow(("lane", lane, "", ""), terms, equal=True)

    def _feeds(self) -> Iterator[LotRow]:
        for (site, commodity), recipes in self._users.items():
            if not self._split(site, commodity):
                continue
            arriving = self._arriving(site, commodity)
            states = sorted({state for _, state in arriving})
            for state in states:
                terms: dict[Term, float] = {
                    ("lot", lane, "", "", s): 1.0 for lane, s in arriving if s == state
                }
                terms |= {("fed", site, r, commodity, state): -1.0 for r in recipes}
                yield LotRow(("fed", site, commodity, state_label(state)), terms, equal=True)
            for recipe in recipes:
                amount = self.network.recipes[site, recipe]["input"][commodity]
                terms = {("fed", site, recipe, commodity, s): 1.0 for s in states}
                terms["run", site, recipe, "", ()] = -amount
                yield LotRow(("recipe", site, commodity, recipe), terms, equal=True)

    def _outputs(self) -> Iterator[LotRow]:
        made = {
            (site, c): None
            for site, recipe in self.network.recipes
            for c in self.network.recipes[site, recipe]["output"]
        }
        for site, commodity in made:
            lanes = self.network.lanes_from.get((site, commodity), [])
            states = sorted({s for lane in lanes for s in self.states.get(lane, ())})
            if len(states) < 2:
                continue
            for state in states:
                terms: dict[Term, float] = {
                    ("lot", lane, "", "", state): 1.0
                    for lane in lanes
                    if state in self.states[lane]
                }
                for term, amount in self._yielded(site, commodity, state):
                    terms[term] = terms.get(term, 0.0) - amount
                yield LotRow(("made", site, commodity, state_label(state)), terms, equal=False)

    def _yielded(self, site: str, commodity: str, wanted: State) -> Iterator[tuple[Term, float]]:
        """Yield what recipes make of a commodity in one state, as terms."""
        for (place, recipe), sides in self.network.recipes.items():
            share = sides["output"].get(commodity, 0.0) if place == site else 0.0
            if not share:
                continue
            inputs = self.inputs.get((site, recipe), {})
            if not inputs and self.origin(site) == wanted:
                yield ("run", site, recipe, "", ()), share
            for source, part in inputs.items():
                factor = share * part / sides["input"][source]
                for state, term, amount in self._fed(site, recipe, source):
                    if self.after(site, state) == wanted:
                        yield term, factor * amount


def state_label(state: State) -> str:
    """Return a state in words."""
    return " + ".join(state) if state else "elsewhere"
