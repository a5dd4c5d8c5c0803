"""Cuts: lower bounds on the cost of recourse that hold for every plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.solver.recourse import Recourse
from diversify.solver.subproblems import Answers

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
# Slopes below this [USD/t] are noise; the constant pays for them up to this many tonnes.
TINY = 1e-8
FREE = 1e6


@dataclass(frozen=True, slots=True)
class Cut:
    r"""A lower bound on the weighted cost and risk of one cluster of scenarios.

    .. math:: w\,\theta_k + \lambda^\top \rho_k \ge constant + slope^\top x

    It holds for every plan :math:`x`, by weak duality, whatever the solver said: multipliers of
    the right sign are enough.

    Attributes
    ----------
    cluster : int
        Position of the cluster.
    weight : float
        1, or 0 for a bound on risk alone.
    risk : numpy.ndarray
        Weight of each row in expectation, shape (R,).
    constant : float
        Value at the plan of zeros.
    columns, slope : numpy.ndarray
        First-stage columns with a slope, and the slopes.
    rows, mass : numpy.ndarray
        Block rows with a multiplier, and the multipliers added up over the cluster.
    """

    cluster: int
    weight: float
    risk: Vector
    constant: float
    columns: Index
    slope: Vector
    rows: Index
    mass: Vector


def make_cuts(
    recourse: Recourse,
    answers: Answers,
    theta: Vector,
    probability: Vector,
    cluster: Index,
    weight: float,
    risk: Vector,
) -> list[Cut]:
    """Return one cut for each cluster from the multipliers of its scenarios.

    Parameters
    ----------
    recourse : Recourse
        The second stage of a group of scenarios.
    answers : Answers
        Their multipliers, dual-feasible for the weighted cost.
    theta : numpy.ndarray
        Their data, shape (S, P).
    probability, cluster : numpy.ndarray
        Probability and cluster of each scenario, shape (S,).
    weight : float
        Weight of the cost in what was minimised.
    risk : numpy.ndarray
        Weight of each row in expectation in what was minimised, shape (R,).

    Returns
    -------
    list of Cut
        In the order of the clusters.
    """
    multipliers = answers.multipliers
    constant = answers.own + (multipliers * answers.right).sum(axis=1)
    parts = -recourse.plan_values(theta) * multipliers[:, recourse.plan_row]
    gather = sp.csr_array(
        (
            np.ones(len(recourse.plan_column)),
            (np.arange(len(recourse.plan_column)), recourse.plan_column),
        ),
        shape=(len(recourse.plan_column), recourse.blocks.first),
    )
    slopes = np.asarray(parts @ gather)
    cuts = []
    for k in np.unique(cluster):
        members = np.flatnonzero(cluster == k)
        mass = probability[members]
        slope = mass @ slopes[members]
        rows = mass @ multipliers[members]
        noise = np.abs(slope) < TINY
        paid = float(np.abs(slope[noise & (slope < 0)]).sum() * FREE)
        slope = np.where(noise, 0.0, slope)
        used, live = np.flatnonzero(slope), np.flatnonzero(rows)
        cuts.append(
            Cut(
                int(k),
                weight,
                risk,
                float(mass @ constant[members]) - paid,
                used,
                slope[used],
                recourse.rows[live],
                rows[live],
            )
        )
    return cuts
