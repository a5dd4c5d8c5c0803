"""What a batch of scenarios must be, and arrays that nobody else can change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diversify.errors import Finding, InputError


def own(given: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a copy, or the array itself where nobody else can change it."""
    # What is read-only and a view of nothing was made so here, or is meant to stay as it is.
    if (
        isinstance(given, np.ndarray)
        and given.dtype == np.float64
        and given.base is None
        and not given.flags.writeable
        and given.flags.c_contiguous
    ):
        return given
    return np.array(given, dtype=np.float64, order="C")


def check_batch(
    hazards: tuple[str, ...],
    values: NDArray[np.float64],
    probability: NDArray[np.float64],
    labels: tuple[str, ...],
) -> None:
    """Refuse a batch that is no distribution over scenarios, with all that is wrong."""
    problems: list[tuple[str, str]] = []
    if len(set(hazards)) != len(hazards):
        problems.append(("hazards repeat", "name each hazard once"))
    if values.ndim != 3 or values.shape[1] != len(hazards):
        problems.append(
            (f"values have shape {values.shape}", f"give (scenarios, {len(hazards)}, periods)")
        )
    if not len(probability):
        problems.append(("there is no scenario", "give at least one"))
    elif len(probability) != len(values) or len(labels) != len(values):
        problems.append(("values, probabilities and labels differ in length", "give one each"))
    else:
        total = float(probability.sum())
        if not np.isfinite(probability).all() or (probability < 0).any():
            problems.append(("a probability is negative or not a number", "give 0 or more"))
        elif abs(total - 1.0) > 1e-9:
            problems.append((f"probabilities add up to {total!r}", "make them add up to 1"))
        if not np.isfinite(values).all() or (values < 0).any():
            problems.append(("a value is negative or not a number", "give 0 or more"))
        if len(set(labels)) != len(labels):
            twice = sorted({label for label in labels if labels.count(label) > 1})[:3]
            problems.append((f"labels repeat: {', '.join(twice)}", "name each scenario once"))
    if problems:
        raise InputError(
            [Finding.error(table="scenarios", message=what, remedy=do) for what, do in problems]
        )


def check_announced(hazards: tuple[str, ...], announced: tuple[tuple[str, int], ...]) -> None:
    """Refuse announcements of what is no hazard of the batch."""
    unknown = [name for name, before in announced if name not in hazards or before < 0]
    if unknown:
        raise InputError(
            [
                Finding.error(
                    table="scenarios",
                    message=f"what is announced is no hazard of the batch: {', '.join(unknown)}",
                    remedy="name its hazards, with 0 or more periods",
                )
            ]
        )
