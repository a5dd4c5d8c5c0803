"""What is asked of the scenarios of a shard, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.solver.cuts import Cut
from diversify.solver.split import Split

Vector = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of every shard.

    Attributes
    ----------
    plan : numpy.ndarray
        First-stage point, shape (first,).
    risk : numpy.ndarray
        Weight of each row in expectation, shape (R,).
    weight : float
        Weight of the cost: 1, or 0 to minimise the risk alone.
    threshold : float or None
        Cost of a scenario, plan included, beyond which it counts for the tail [USD].
    level : tuple or None
        Position of a symbol and its value in every scenario, instead of that of the shard.
    others : tuple of numpy.ndarray
        Further weights of the rows to answer for, shape (R,) each.
    parts : float
        Groups of like multipliers for each scenario at most; none where it is 0.
    """

    plan: Vector
    risk: Vector
    weight: float = 1.0
    threshold: float | None = None
    level: tuple[int | Index, float | Vector] | None = None
    others: tuple[Vector, ...] = ()
    parts: float = 0.0


@dataclass(slots=True)
class Reply:
    """What a shard answers.

    Attributes
    ----------
    costs : numpy.ndarray
        Cost of each scenario from the news on, shape (S,).
    risks : numpy.ndarray
        What it adds to each row in expectation, shape (S, R).
    forms : numpy.ndarray
        Its costs by kind and shortages, in the order of the named forms, shape (S, F).
    before : float
        Cost of the plan itself and of what is done before the news, the same for all.
    cuts : list of Cut
        Exact at the plan.
    missing : int
        Scenarios without recourse.
    primal, dual : float
        Largest relative violations, recomputed.
    solves, retries, bases : int
        Linear problems so far, those solved again cold, bases in the bank.
    others : list of Reply
        Under the question's further weights.
    split : Split or None
        Groups of its scenarios, those of a cluster apart from others.
    """

    costs: Vector
    risks: Vector
    forms: Vector
    before: float
    cuts: list[Cut]
    missing: int
    primal: float
    dual: float
    solves: int
    retries: int
    bases: int
    others: list[Reply] = field(default_factory=list)
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class ShardData:
    """What a shard is made from; it can be sent to another machine.

    Attributes
    ----------
    blocks : Blocks
        The compiled problem.
    before : int
        Number of periods before the news of its scenarios.
    theta : numpy.ndarray
        Their data, shape (S, P), in the order of solving.
    probability, cluster : numpy.ndarray
        Shape (S,).
    policies : bool
        Whether scenario rows of policies count.
    """

    blocks: Blocks
    before: int
    theta: Vector
    probability: Vector
    cluster: Index
    policies: bool
