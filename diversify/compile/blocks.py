"""The compiled problem of one scenario: labelled arrays, affine in the data, without Pyomo."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Index = NDArray[np.int64]

PLAN, OPS, EXPECTED, TRIAL = 0, 1, 2, 3


def make_label(family: str, *index: object) -> str:
    r"""Return the label of a row or column; a backslash keeps names with commas apart.

    Parameters
    ----------
    family : str
        What it is, with its block.
    *index : object
        The names and numbers that tell it from others of its family.

    Returns
    -------
    str
        What :func:`split_label` takes apart.

    Examples
    --------
    >>> make_label("plan.target", "Works", "oxide")
    'plan.target[Works,oxide]'
    >>> print(make_label("plan.target", "Works, south", "oxide"))
    plan.target[Works\, south,oxide]
    """
    name = re.sub(r"([\\\[])", r"\\\1", family)
    parts = [re.sub(r"([\\,])", r"\\\1", str(part)) for part in index]
    return f"{name}[{','.join(parts)}]" if parts else name


def split_label(label: str) -> tuple[str, list[str]]:
    r"""Return the family and the index of a label.

    Parameters
    ----------
    label : str
        What :func:`make_label` made.

    Returns
    -------
    str
        The family, with its block.
    list of str
        The parts of the index.

    Examples
    --------
    >>> split_label(r"plan.target[Works\, south,oxide]")
    ('plan.target', ['Works, south', 'oxide'])
    """
    found = re.match(r"(?:[^\\\[]|\\.)*", label, re.DOTALL)
    name = found[0] if found else ""
    inside = label[len(name) + 1 : -1]
    parts = re.findall(r"((?:[^\\,]|\\.)*)(?:,|$)", inside, re.DOTALL)[:-1] if inside else []
    plain = [re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL) for part in (name, *parts)]
    return plain[0], plain[1:]


@dataclass(frozen=True, slots=True)
class Affine:
    """Numbers that depend on the data symbols: ``base + slope @ theta``.

    Attributes
    ----------
    base : numpy.ndarray
        Shape (n,).
    slope : scipy.sparse.csr_array
        Shape (n, P), P the number of symbols.
    """

    base: Vector
    slope: sp.csr_array

    def at(self, theta: Vector) -> Vector:
        """Return the numbers for one vector of data, shape (P,), or for several, shape (S, P)."""
        if theta.ndim == 1:
            return np.asarray(self.base + self.slope @ theta)
        return np.asarray(self.base + (self.slope @ theta.T).T)


@dataclass(frozen=True, slots=True)
class Cone:
    r"""A round limit on the first stage, of which rows show only tangents.

    .. math:: \lVert \operatorname{diag}(w)\, x_{parts} \rVert_2 \le \rho\, x_{whole}

    Attributes
    ----------
    policy : int
        Position of its policy.
    index : tuple of str
        What tells it from others of its policy.
    parts, whole : numpy.ndarray, int
        First-stage columns.
    weights : numpy.ndarray
        Weight of each part, shape (n,).
    symbol : int
        Position of the radius among the symbols.
    """

    policy: int
    index: tuple[str, ...]
    parts: Index
    weights: Vector
    whole: int
    symbol: int


@dataclass(frozen=True, slots=True)
class Curve:
    r"""A curved limit on losses of scenarios, of which rows show only tangents.

    .. math:: v_s \ge a + a\, \varphi^*\bigl((L_s - \eta) / a\bigr)

    Attributes
    ----------
    policy : int
        Position in ``policies`` of the policy that it belongs to.
    index : tuple of str
        What tells it from others of its policy.
    beside, value : int
        Columns of :math:`L - \eta` and :math:`v`, counted within the second stage.
    middle, width, above : int
        First-stage columns of :math:`\eta`, of :math:`a` and of the threshold above which losses
        count; -1 where there is none.
    parts : dict
        Share of each named form of a scenario in the loss.
    divergence : str
        Name of the divergence that :math:`\varphi` belongs to.
    radius : float
        How far distributions may be.
    scale : float
        The number :math:`a` where it is no column.
    weight : float
        What the worst mean counts for in the limit.
    """

    policy: int
    index: tuple[str, ...]
    beside: int
    value: int
    middle: int
    width: int
    above: int
    parts: dict[tuple[str, ...], float]
    divergence: str
    radius: float
    scale: float
    weight: float


@dataclass(frozen=True, slots=True)
class Blocks:
    """The compiled problem of one scenario.

    Columns of the first stage come before those of the second. Rows read
    ``lower <= A(theta) x <= upper`` with one side infinite or both equal.

    Attributes
    ----------
    columns, rows, symbols : tuple of str
        Labels.
    first : int
        Number of columns of the first stage.
    matrix : scipy.sparse.csr_array
        The pattern, shape (rows, columns); its data are positions in ``entries``.
    entries : Affine
        The non-zeros, in the order of the pattern.
    right : Affine
        The right sides.
    sense : numpy.ndarray
        +1 for ``>=``, -1 for ``<=``, 0 for ``=``.
    stage : numpy.ndarray
        Of each row: PLAN (once), OPS (in every scenario), EXPECTED (once, in expectation) or TRIAL
        (only in losses that its policy asks to survive).
    cost : Affine
        Of each column; first-stage costs must not depend on scenario data.
    offset : float
        Constant of the objective.
    lower, upper : numpy.ndarray
        Bounds of the columns.
    integer : numpy.ndarray
        Which columns are integer.
    column_period, row_period : numpy.ndarray
        Period of a scenario column or row that is the plan's before news, else -1.
    twin : numpy.ndarray
        First-stage column that a scenario column equals before news, -1 where it is zero then.
    policy : numpy.ndarray
        Position in ``policies`` of the policy that a row belongs to, else -1.
    policies : tuple of str
        Names of the policies that have rows.
    levels : dict
        Policy name to position of its level among the symbols.
    forms : dict
        Named linear forms (costs by kind, shortages) as vectors over the columns.
    cones : tuple of Cone
        Round limits on the first stage.
    curves : tuple of Curve
        Curved limits on losses of scenarios.
    origin : numpy.ndarray or None
        Row that each row is a copy of, or is; None where no row is a copy.
    """

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    symbols: tuple[str, ...]
    first: int
    matrix: sp.csr_array
    entries: Affine
    right: Affine
    sense: NDArray[np.int8]
    stage: NDArray[np.int8]
    cost: Affine
    offset: float
    lower: Vector
    upper: Vector
    integer: NDArray[np.bool_]
    column_period: Index
    row_period: Index
    twin: Index
    policy: Index
    policies: tuple[str, ...]
    levels: dict[str, int]
    forms: dict[tuple[str, ...], Vector]
    cones: tuple[Cone, ...] = ()
    curves: tuple[Curve, ...] = ()
    origin: Index | None = None

    @property
    def second(self) -> int:
        """Number of columns of the second stage."""
        return len(self.columns) - self.first

    def level_values(self, levels: dict[str, float]) -> Vector:
        """Return a data vector, shape (P,), with the policy levels set and the rest zero."""
        theta = np.zeros(len(self.symbols))
        for name, value in levels.items():
            theta[self.levels[name]] = value
        return theta
