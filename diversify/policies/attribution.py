"""Which lots go where in a given plan: the attribution that is best for a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from diversify.errors import SolverError

if TYPE_CHECKING:
    from diversify.formulation.lots import Cell, Lots, Term
    from diversify.interfaces import PlanView

Vector = NDArray[np.float64]
Row = tuple[dict[int, float], float]
# Rounds of tangents; they converge within some ten.
ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Counted:
    """Tonnes of a material in some lots, and what they are measured against.

    Attributes
    ----------
    material : str
        What is counted.
    cells : tuple
        Lots, each a lane and a state, with the period in which they count.
    unit : float
        Tonnes for each unit of the level, above 0: the whole for a share, 1 for tonnes.
    less : float
        Tonnes that are subtracted before.
    """

    material: str
    cells: tuple[tuple[Cell, int], ...]
    unit: float = 1.0
    less: float = 0.0


class Attribution:
    """The lots of a plan in some periods, as a linear problem in tonnes.

    Parameters
    ----------
    lots : Lots
        What can be on each lane.
    view : PlanView
        The plan: what is booked and what each recipe does.
    periods : sequence of int
        Counted together.
    """

    def __init__(self, lots: Lots, view: PlanView, periods: Sequence[int]) -> None:
        self._lots, self._periods = lots, periods
        self._place: dict[tuple[Term, int], int] = {}
        self._known: dict[tuple[Term, int], float] = {}
        self._network = lots.network
        largest = max(
            (view.booked.get((i, t), 0.0) for i in lots.states for t in periods), default=0
        )
        # In units of the largest booking, so that the tolerance of the solver is relative.
        self._size = largest if largest > 0 else 1.0
        self._view = view
        equal: list[Row] = []
        most: list[Row] = []
        for row in lots.rows:
            for t in periods:
                left: dict[int, float] = {}
                right = 0.0
                for term, factor in row.terms.items():
                    fixed, place = self._value(term, t)
                    if place is None:
                        right -= factor * fixed
                    else:
                        left[place] = left.get(place, 0.0) + factor
                if left:
                    (equal if row.equal else most).append((left, right))
        self._equal, self._most = equal, most

    def shares(self, rows: Sequence[Counted], *, upper: bool) -> Vector:
        """Return what rows measure where the worst of them is as good as it can be.

        Parameters
        ----------
        rows : sequence of Counted
            What is limited together.
        upper : bool
            Whether less is better.

        Returns
        -------
        numpy.ndarray
            Of each row ``(tonnes - less) / unit``, shape (rows,): first the worst is made as good
            as it can be, then the sum.
        """
        sign = 1.0 if upper else -1.0
        forms = [self._form(row) for row in rows]
        n = len(self._place)
        limits = [({**{k: sign * v for k, v in form.items()}, n: -1.0}, -sign * constant)
                  for form, constant in forms]  # fmt: skip
        point = self._solve({n: 1.0}, limits, free=True)
        worst = point[n] + 1e-9
        limits = [({k: sign * v for k, v in form.items()}, worst - sign * constant)
                  for form, constant in forms]  # fmt: skip
        total: dict[int, float] = {}
        for form, _ in forms:
            for k, v in form.items():
                total[k] = total.get(k, 0.0) + sign * v
        point = self._solve(total, limits, free=True)
        return self._values(forms, point)

    def indices(self, groups: Sequence[Sequence[tuple[Counted, float]]]) -> list[float]:
        r"""Return weighted sums of squares of shares where the largest is as small as it can be.

        .. math:: \min \max_i \textstyle\sum_{g} w_{ig} s_{ig}^2, \quad
            s^2 \ge 2 \bar s s - \bar s^2 \quad \forall\, \bar s

        Parameters
        ----------
        groups : sequence
            For each index what each supplier delivers, in units of the whole, and its weight.

        Returns
        -------
        list of float
            By tangents, to 1e-9.
        """
        forms = [[self._form(part) for part, _ in group] for group in groups]
        weights = [np.array([w for _, w in group]) for group in groups]
        n = len(self._place)
        limits: list[Row] = []
        best, values = np.inf, [0.0] * len(groups)
        for _ in range(ROUNDS):
            point = self._solve({n: 1.0}, limits, free=bool(limits))
            shares = [self._values(form, point) for form in forms]
            now = [float(w @ s**2) for w, s in zip(weights, shares, strict=True)]
            if max(now) < best:
                best, values = max(now), now
            if limits and best - point[n] <= 1e-9:
                break
            limits += [
                _square(form, s, w, n) for form, s, w in zip(forms, shares, weights, strict=True)
            ]
        return values

    def _value(self, term: Term, t: int) -> tuple[float, int | None]:
        """Return the number that a term stands for, or the place of its variable."""
        kind, place, recipe, _, _ = term
        if kind == "run":
            return self._view.activity.get((place, recipe, t), 0.0) / self._size, None
        booked = self._view.booked.get((place, t), 0.0) / self._size
        if kind == "book" or (kind == "lot" and len(self._lots.states[place]) == 1):
            return booked, None
        if kind == "lot" and booked == 0.0:
            return 0.0, None
        return 0.0, self._place.setdefault((term, t), len(self._place))

    def _form(self, row: Counted) -> Row:
        """Return what a row measures as a linear form and a constant."""
        form: dict[int, float] = {}
        constant = -row.less / row.unit
        for (lane, state), t in row.cells:
            factor = self._network.contained(lane, row.material) * self._size / row.unit
            fixed, place = self._value(("lot", lane, "", "", state), t)
            constant += factor * fixed
            if place is not None:
                form[place] = form.get(place, 0.0) + factor
        return form, constant

    def _values(self, forms: Sequence[Row], point: Vector) -> Vector:
        return np.array([c + sum(v * point[k] for k, v in form.items()) for form, c in forms])

    def _solve(
        self,
        cost: dict[int, float],
        limits: Sequence[Row],
        *,
        free: bool,
    ) -> Vector:
        """Minimise over the lots, and over one more variable that is free or fixed at 0."""
        from scipy.optimize import linprog

        n = len(self._place) + 1
        c = np.zeros(n)
        for k, v in cost.items():
            c[k] = v
        last = (None, None) if free else (0, 0)
        most = [*self._most, *limits]
        found = linprog(
            c,
            *_matrix(most, n),
            *_matrix(self._equal, n),
            bounds=[*[(0, None)] * (n - 1), last],
            method="highs",
        )
        if found.status != 0:
            raise SolverError(f"no attribution of the lots of a plan was found: {found.message}")
        return np.asarray(found.x)


def _square(forms: Sequence[Row], share: Vector, weights: Vector, last: int) -> Row:
    """Return the row that a sum of squares is at least its tangent at some shares."""
    row: dict[int, float] = {last: -1.0}
    right = float(weights @ share**2)
    for (form, constant), s, w in zip(forms, share, weights, strict=True):
        right -= 2 * w * s * constant
        for k, v in form.items():
            row[k] = row.get(k, 0.0) + 2 * w * s * v
    return row, right


def _matrix(rows: Sequence[Row], n: int) -> tuple[Any, Any]:
    import scipy.sparse as sp

    if not rows:
        return None, None
    where = [(i, k, v) for i, (row, _) in enumerate(rows) for k, v in row.items()]
    i, k, v = zip(*where, strict=True) if where else ((), (), ())
    return sp.csr_array((v, (i, k)), shape=(len(rows), n)), np.array([right for _, right in rows])
