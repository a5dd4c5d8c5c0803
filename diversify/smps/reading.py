"""Find the three files of a program and read them, or say everything that is wrong with them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import NoReturn

import numpy as np

from diversify.errors import InputError
from diversify.smps.arrays import make_blocks
from diversify.smps.cards import Log, lines_of, parse_either
from diversify.smps.core_reading import parse_core
from diversify.smps.drafts import Draft
from diversify.smps.files import find_files
from diversify.smps.periods import parse_periods
from diversify.smps.places import Place, Places
from diversify.smps.program import Distribution, Group, StochasticProgram, merged
from diversify.smps.stoch import parse_stoch

# Probabilities that add up to 1 within this were rounded; others are wrong.
ROUNDED = 1e-4
EXACT = 1e-12
# Equal parts of 1 may have been rounded to two digits.
EQUAL = 0.02


def read(path: str | Path) -> StochasticProgram:
    """Return the two-stage stochastic program in SMPS files.

    Parameters
    ----------
    path : str or Path
        One of the three files, their common path without the ending, or a folder that holds them.

    Returns
    -------
    StochasticProgram
        With all its random numbers; nothing is listed or drawn yet.

    Raises
    ------
    InputError
        With everything that is wrong, each with file, line, text and remedy.
    """
    files = find_files(Path(path))
    text = {table: lines_of(file) for table, file in files.items()}
    names = {table: str(file) for table, file in files.items()}
    core, core_log = parse_either(text["core"], "core", names["core"], parse_core)
    if core is None:
        _refuse([core_log])
    periods, time_log = parse_either(
        text["time"], "time", names["time"], lambda cards, log: parse_periods(cards, log, core)
    )
    if periods is None:
        _refuse([core_log, time_log])
    (drafts, places), stoch_log = parse_either(
        text["stoch"],
        "stoch",
        names["stoch"],
        lambda cards, log: parse_stoch(cards, log, core, periods),
    )
    order = tuple(dict.fromkeys(place for draft in drafts for place in draft.places))
    at = {place: number for number, place in enumerate(order)}
    made = [] if stoch_log.errors else _groups(drafts, places, at, stoch_log)
    if len(periods.names) > 2:
        time_log.warn(
            None,
            f"everything is known in period {periods.names[1]!r}, so the periods from then on are "
            "one stage",
        )
    logs = [core_log, time_log, stoch_log]
    if stoch_log.errors:
        _refuse(logs)
    return StochasticProgram(
        name=core.name or files["core"].stem,
        maximise=core.maximise,
        blocks=make_blocks(core, periods, order, tuple(places.label(place) for place in order)),
        groups=tuple(item for item in made if isinstance(item, Group)),
        distributions=tuple(item for item in made if isinstance(item, Distribution)),
        warnings=tuple(warning for log in logs for warning in log.warnings),
    )


def _refuse(logs: list[Log]) -> NoReturn:
    warnings = [finding for log in logs for finding in log.warnings]
    raise InputError([*(finding for log in logs for finding in log.shown), *warnings])


def _groups(
    drafts: list[Draft], places: Places, at: dict[Place, int], log: Log
) -> list[Group | Distribution]:
    """Return the groups as arrays, with their probabilities checked."""
    made: list[Group | Distribution] = []
    off: list[tuple[float, str]] = []
    for draft in drafts:
        if draft.family:
            made.append(_distribution(draft, places, at))
            continue
        entries = np.array([at[place] for place in draft.places], dtype=np.int64)
        chance = np.array([outcome.probability for outcome in draft.outcomes])
        total = float(chance.sum())
        if abs(total - 1.0) > ROUNDED and not _equal_parts(chance):
            log.error(
                draft.card,
                f"the probabilities of {draft.name!r} add up to {total:.6g}",
                "make them add up to 1",
            )
            continue
        if abs(total - 1.0) > EXACT:
            off.append((abs(total - 1.0), draft.name))
        values, mass = merged(_values(draft, places), chance / total)
        made.append(Group(draft.name, entries, values, mass / mass.sum()))
    if off:
        most, name = max(off)
        log.warn(
            None,
            f"probabilities were divided by their sum, which is not 1 in {len(off)} of "
            f"{len(drafts)} distributions: {name!r} is off by {most:.1e}",
        )
    return made


def _equal_parts(chance: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bool:
    """Say whether all probabilities are the same part of 1, rounded as the file writes it.

    Examples
    --------
    >>> [_equal_parts(np.full(3, part)) for part in (0.333, 0.33, 0.3, 0.34)]
    [True, True, False, False]
    """
    part, count = float(chance[0]), len(chance)
    digits = -int(Decimal(repr(part)).as_tuple().exponent)
    close = abs(count * part - 1.0) <= EQUAL
    return close and bool((chance == part).all()) and round(1.0 / count, digits) == part


def _values(draft: Draft, places: Places) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the value of every place in every outcome; the rest is inherited."""
    core = [places.value(place) for place in draft.places]
    column = {place: e for e, place in enumerate(draft.places)}
    values = np.empty((len(draft.outcomes), len(core)))
    for k, outcome in enumerate(draft.outcomes):
        values[k] = core if outcome.parent < 0 else values[outcome.parent]
        for place, value in outcome.values.items():
            values[k, column[place]] = value
    return values


def _distribution(draft: Draft, places: Places, at: dict[Place, int]) -> Distribution:
    (place,) = draft.places
    core = places.value(place)
    shift, factor = {"REPLACE": (0.0, 1.0), "ADD": (core, 1.0)}.get(draft.mode, (0.0, core))
    first, second = draft.parameters
    return Distribution(draft.name, at[place], draft.family, first, second, shift, factor)
