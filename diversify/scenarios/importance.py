"""Rare hazards drawn more often than they come, with the weights that keep figures right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.case import Case
from diversify.errors import Finding, InputError
from diversify.scenarios.batch import Scenarios
from diversify.scenarios.beginnings import after_first
from diversify.scenarios.hazards import Hazards, read_hazards
from diversify.scenarios.outages import labels
from diversify.scenarios.pointwise import write_marked
from diversify.scenarios.streams import BEGIN, HIT, STRIKE, Plain

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
# Part of the draws that goes to what is likely; the rest is the same for each kind of event.
LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class Stratum:
    """A kind of event: the rarest process that strikes at all, alone or with others.

    Attributes
    ----------
    rarest : int
        Position of the process, -1 where none strikes.
    more : bool
        Whether at least one of the less rare ones strikes too.
    probability : float
        That it is this kind.
    """

    rarest: int
    more: bool
    probability: float


def importance(case: Case, count: int, seed: int) -> Scenarios:
    r"""Return weighted scenarios in which rare events and coincidences are drawn often.

    Hazards and shocks are put in order, the rarest first. Each scenario is of one kind: nothing
    strikes; or :math:`i` is the rarest that strikes, alone, or with others. The probability
    :math:`\pi_k` of each kind is known exactly, and so is the law within it: strike
    probabilities are tilted to 0 for what is rarer, to 1 for :math:`i`, and are as ever for the
    others, given whether one of them strikes. Kind :math:`k` gets :math:`n_k` draws, each with
    probability :math:`\pi_k / n_k`. So the weights add up to 1 and every mean is unbiased, without
    any scaling.

    Parameters
    ----------
    case : Case
        A case with hazards, without correlations.
    count : int
        Number of scenarios, at least one for each kind.
    seed : int
        The same seed gives the same scenarios.

    Returns
    -------
    Scenarios
        The first is the undisturbed one, with its exact probability.

    Raises
    ------
    InputError
        If the case has correlations, or there are fewer scenarios than kinds.

    Examples
    --------
    >>> [round(stratum.probability, 4) for stratum in strata(np.array([0.01, 0.2]))]
    [0.792, 0.008, 0.002, 0.198]
    """
    hazards = read_hazards(case)
    if hazards.copula is not None:
        raise _refused(
            "method",
            "importance",
            "importance sampling knows the probabilities of independent hazards only, and the "
            "case has correlations",
            'write method = "monte_carlo" or "sobol"',
        )
    periods = hazards.periods
    strikes = {shock.name: shock.strike for shock in hazards.shocks}
    own = [(False, p.name, p.strike) for p in hazards.processes if p.strike > 0]
    chances = sorted(
        [*own, *((True, name, strike) for name, strike in strikes.items())],
        key=lambda source: (source[2], source[0], source[1]),
    )
    ever = np.array([-np.expm1(periods * np.log1p(-min(p, 1 - 1e-16))) for *_, p in chances])
    kinds = strata(ever)
    if count < len(kinds):
        raise _refused(
            "count",
            str(count),
            f"there are {len(kinds)} kinds of events, and fewer scenarios",
            f"ask for {len(kinds)} or more",
        )
    drawn = allocation(kinds, count)
    points = Plain(seed, count)
    struck = _struck(kinds, drawn, ever, points)
    begins: dict[tuple[bool, str], Mask] = {}
    for i, (shock, name, p) in enumerate(chances):
        key = f"shock {name}" if shock else f"hazard {name}"
        u = points.once(BEGIN, key) * ever[i]
        first = np.where(
            struck[:, i], np.floor(np.log1p(-u) / np.log1p(-min(p, 1 - 1e-16))), np.inf
        )
        begins[shock, name] = after_first(first, points, key, p, periods)
    values = np.ones((count, len(hazards.names), periods))
    none = np.zeros((count, periods), dtype=np.bool_)
    hits = {shock.name: shock.hit for shock in hazards.shocks}
    for process in hazards.processes:
        begin = begins.get((False, process.name), none)
        if process.shock:
            hit = points.later(HIT, process.name, periods) < hits[process.shock]
            begin = begin | (begins[True, process.shock] & hit)
        write_marked(values, hazards.names.index(process.name), process, begin, points)
    values.setflags(write=False)
    probability = np.repeat([kind.probability for kind in kinds] / drawn, drawn)
    return Scenarios(
        hazards.names,
        values,
        probability,
        labels(count),
        seed,
        "importance",
        hazards.announced,
    )


def event_kinds(hazards: Hazards) -> int:
    """Return how many kinds of events there are, at most: nothing, and two for each process."""
    return 1 + 2 * (sum(p.strike > 0 for p in hazards.processes) + len(hazards.shocks))


def strata(ever: Vector) -> list[Stratum]:
    """Return the kinds of events, with their probabilities.

    Parameters
    ----------
    ever : numpy.ndarray
        Chance that each process strikes at all within the horizon, in ascending order, shape (n,).

    Returns
    -------
    list of Stratum
        They exclude each other and add up to 1; those that cannot be are left out.
    """
    none_rarer = np.r_[1.0, np.cumprod(1.0 - ever)]
    none_more = np.r_[np.cumprod((1.0 - ever)[::-1])[::-1], 1.0]
    found = [Stratum(-1, more=False, probability=float(none_rarer[-1]))]
    for i, chance in enumerate(ever):
        mine = none_rarer[i] * chance
        found.append(Stratum(i, more=False, probability=float(mine * none_more[i + 1])))
        found.append(Stratum(i, more=True, probability=float(mine * (1.0 - none_more[i + 1]))))
    return [stratum for stratum in found if stratum.probability > 0.0]


def allocation(kinds: list[Stratum], count: int) -> Index:
    """Return how many draws each kind of event gets: one for nothing, which is always the same.

    Parameters
    ----------
    kinds : list of Stratum
        At most ``count``.
    count : int
        Draws in all.

    Returns
    -------
    numpy.ndarray
        At least 1 each.
    """
    chance = np.array([kind.probability for kind in kinds])
    often = np.array([kind.rarest >= 0 for kind in kinds])
    drawn = np.ones(len(kinds), dtype=np.int64)
    spare = count - len(kinds)
    if not often.any():
        drawn[0] += spare
        return drawn
    wish = np.where(often, LIKELY * chance / chance[often].sum() + (1 - LIKELY) / often.sum(), 0.0)
    share = spare * wish / wish.sum()
    drawn += np.floor(share).astype(np.int64)
    left = count - int(drawn.sum())
    drawn[np.argsort(-(share - np.floor(share)), kind="stable")[:left]] += 1
    return drawn


def _struck(kinds: list[Stratum], drawn: Index, ever: Vector, points: Plain) -> Mask:
    """Return which processes strike at all in each scenario, shape (S, n)."""
    rarest = np.repeat([kind.rarest for kind in kinds], drawn)
    wants = np.repeat([kind.more for kind in kinds], drawn)
    found = np.zeros((len(rarest), len(ever)), dtype=np.bool_)
    none_from = np.r_[np.cumprod((1.0 - ever)[::-1])[::-1], 1.0]
    already = np.zeros(len(rarest), dtype=np.bool_)
    for i, chance in enumerate(ever):
        u = points.once(STRIKE, str(i))
        # Chance of this one, given that one from here on must strike, until one has.
        due = chance / (1.0 - none_from[i]) if none_from[i] < 1.0 else 0.0
        free = wants & (rarest < i) & (rarest >= 0)
        hit = free & (u < np.where(already, chance, due))
        already |= hit
        found[:, i] = hit | (rarest == i)
    return found


def _refused(column: str, value: str, message: str, remedy: str) -> InputError:
    return InputError(
        [
            Finding.error(
                table="scenarios", column=column, value=value, message=message, remedy=remedy
            )
        ]
    )
