"""Which lots a network can carry, and their rows in the plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from diversify.formulation.build import Build
from diversify.formulation.lots import Cell, LotRow, Lots, State, Term, state_label
from diversify.formulation.network import Network
from diversify.formulation.processing import kept


def find_lots(
    network: Network,
    materials: Iterable[str],
    lanes: Collection[str],
    groups: Mapping[str, Collection[str]],
    *,
    touched: bool,
) -> Lots:
    """Return the lots that can be on some lanes, and on all that leads to them.

    Parameters
    ----------
    network : Network
        The network of the case.
    materials : iterable of str
        Materials that travel alike, as :func:`alike` finds them.
    lanes : collection of str
        Lanes that are asked about.
    groups : mapping
        Sites by name of the group.
    touched : bool
        Whether each site that works on a lot counts, not only the one that mined it.

    Returns
    -------
    Lots
        With the states of each lane that matters.
    """
    inputs: dict[tuple[str, str], dict[str, float]] = {}
    for material in materials:
        inputs |= carried(network, material)
    belonging: dict[str, list[str]] = {str(site): [] for site in network.sites.index}
    for name in sorted(groups):
        for site in groups[name]:
            belonging[site].append(name)
    own = {site: tuple(names) for site, names in belonging.items()}
    lots = Lots(network, own, touched, inputs)
    return Lots(network, own, touched, inputs, _reached(lots, _upstream(lots, lanes)))


def join_lots(material: str, lanes: Collection[str], family: Sequence[Lots]) -> Lots:
    """Return lots that tell apart all that some lots tell apart, of one material.

    Parameters
    ----------
    material : str
        The material.
    lanes : collection of str
        Lanes that are asked about.
    family : sequence of Lots
        All touched, or none.

    Returns
    -------
    Lots
        Its states hold names of each of the family, with its number before: see :func:`seen_by`.
    """
    network = family[0].network
    own = {
        str(site): tuple(
            sorted(f"{k}:{name}" for k, x in enumerate(family) for name in x.own[site])
        )
        for site in network.sites.index
    }
    lots = Lots(network, own, family[0].touched, carried(network, material))
    return replace(lots, states=_reached(lots, _upstream(lots, lanes)))


def seen_by(state: State, number: int) -> State:
    """Return what a state of joined lots is among the lots of this number in the family."""
    start = f"{number}:"
    return tuple(sorted(name.removeprefix(start) for name in state if name.startswith(start)))


def carried(network: Network, material: str) -> dict[tuple[str, str], dict[str, float]]:
    """Return, of each recipe that makes a material, the inputs that bring it and their parts.

    Parameters
    ----------
    network : Network
        The network of the case.
    material : str
        Name of the material.

    Returns
    -------
    dict
        By site and recipe: input commodity to part of the material, which add up to 1; empty where
        no input holds it, so that it begins there.
    """
    found = {}
    for key, sides in network.recipes.items():
        if any(network.content[c].get(material) for c in sides["output"]):
            held = {
                c: amount * network.content[c].get(material, 0.0)
                for c, amount in sides["input"].items()
            }
            whole = sum(held.values())
            found[key] = {c: mass / whole for c, mass in sorted(held.items()) if mass > 0}
    return found


def alike(network: Network, materials: Iterable[str]) -> list[tuple[str, ...]]:
    """Return materials together that come with the same inputs wherever both are made.

    Parameters
    ----------
    network : Network
        The network of the case.
    materials : iterable of str
        Names of materials.

    Returns
    -------
    list of tuple of str
        Each material once. One set of lots serves those of a tuple.
    """
    classes: list[tuple[list[str], dict[tuple[str, str], dict[str, float]]]] = []
    for material in materials:
        ways = carried(network, material)
        for members, known in classes:
            if all(known.get(key, inputs) == inputs for key, inputs in ways.items()):
                members.append(material)
                known.update(ways)
                break
        else:
            classes.append(([material], dict(ways)))
    return [tuple(members) for members, _ in classes]


def _upstream(lots: Lots, lanes: Collection[str]) -> set[str]:
    """Return all lanes that decide what the lots on some lanes can be."""
    network = lots.network
    found: set[str] = set()
    asked = list(lanes)
    while asked:
        lane = asked.pop()
        if lane in found:
            continue
        found.add(lane)
        site, commodity = network.lane(lane, "origin"), network.lane(lane, "commodity")
        # What else leaves the site competes for the same lots.
        asked += network.lanes_from[site, commodity]
        for (place, recipe), sides in network.recipes.items():
            if place == site and commodity in sides["output"]:
                for source in lots.inputs.get((site, recipe), {}):
                    asked += network.lanes_to.get((site, source), [])
    return found


def open_cells(lots: Lots, t: int) -> frozenset[Cell]:
    """Return the lots that can be on each lane in a period, by what is open then.

    Parameters
    ----------
    lots : Lots
        With the states of each lane that matters.
    t : int
        The period.

    Returns
    -------
    frozenset of tuple
        Lanes and states that begin at a site which runs and come by lanes that deliver.
    """
    network = lots.network
    lanes = {lane for lane, now in network.active if now == t and lane in lots.states}
    runs = {(site, recipe) for site, recipe, now in network.runs if now == t}
    reached = _reached(lots, lanes, runs)
    return frozenset((lane, state) for lane, states in reached.items() for state in states)


def _reached(
    lots: Lots, lanes: set[str], runs: Collection[tuple[str, str]] | None = None
) -> dict[str, tuple[State, ...]]:
    """Return the states that can be on each lane, by recipes that run (all if left out)."""
    network = lots.network
    found: dict[str, set[State]] = {lane: set() for lane in network.lanes.index if lane in lanes}
    makers: dict[tuple[str, str], list[str]] = {}
    for (site, recipe), sides in network.recipes.items():
        if runs is None or (site, recipe) in runs:
            for commodity in sides["output"]:
                makers.setdefault((site, commodity), []).append(recipe)
    ends = {
        lane: (str(network.lane(lane, "origin")), str(network.lane(lane, "commodity")))
        for lane in found
    }
    changed = True
    while changed:
        changed = False
        for lane, states in found.items():
            site, before = ends[lane][0], len(states)
            for recipe in makers.get(ends[lane], ()):
                inputs = lots.inputs.get((site, recipe), {})
                if not inputs:
                    states.add(lots.origin(site))
                for source in inputs:
                    for feeder in network.lanes_to.get((site, source), []):
                        states |= {lots.after(site, s) for s in tuple(found.get(feeder, ()))}
            changed = changed or len(states) > before
    return {lane: tuple(sorted(states)) for lane, states in found.items()}


def add_lots(build: Build, policy: str, lots: Lots, tag: str) -> Callable[[str, State, int], Any]:
    """Add lots to the plan, with the rows that they keep.

    Parameters
    ----------
    build : Build
        The template under construction.
    policy : str
        Name of the policy that asks.
    lots : Lots
        What can be on each lane.
    tag : str
        Tells these lots from others of the policy.

    Returns
    -------
    callable
        Tonnes of a lane, a state and a period, as an expression of plan variables.
    """
    network, plan = build.network, build.model.plan
    active = [(lane, t) for lane, t in network.active if lane in lots.states]
    several = [
        (lane, state_label(state), t)
        for lane, t in active
        if len(lots.states[lane]) > 1
        for state in lots.states[lane]
    ]
    lot = build.add_variable("plan", policy, several, f" lots {tag}", bounds=(0, None))
    named = {term for row in lots.rows for term in row.terms if term[0] == "fed"}
    runs = set(network.runs)
    split = [
        (site, recipe, commodity, state_label(state), t)
        for _, site, recipe, commodity, state in sorted(named)
        for t in network.periods
        if (site, recipe, t) in runs
    ]
    fed = build.add_variable("plan", policy, split, f" fed {tag}", bounds=(0, None))

    def tonnes(lane: str, state: State, t: int) -> Any:
        if (lane, t) not in plan.book:
            return 0.0
        return (
            plan.book[lane, t] if len(lots.states[lane]) == 1 else lot[lane, state_label(state), t]
        )

    def value(term: Term, t: int) -> Any:
        kind, place, recipe, commodity, state = term
        if kind == "lot":
            return tonnes(place, state, t)
        if kind == "book":
            return plan.book[place, t] if (place, t) in plan.book else 0.0
        if (place, recipe, t) not in runs:
            return 0.0
        if kind == "run":
            return plan.activity[place, recipe, t].expr
        return fed[place, recipe, commodity, state_label(state), t]

    def rule(*key: Any) -> Any:
        row, t = found[key[:-1]], key[-1]
        total = sum(factor * value(term, t) for term, factor in row.terms.items())
        return kept(total == 0) if row.equal else kept(total <= 0)

    found: dict[tuple[Any, ...], LotRow] = {row.index: row for row in lots.rows}
    index = [(*row.index, t) for row in lots.rows for t in network.periods]
    build.add_balances(policy, index, rule, f" lots {tag} rows")
    return tonnes
