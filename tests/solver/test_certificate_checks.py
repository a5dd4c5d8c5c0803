"""The certificate is recomputed from a point and multipliers, whoever gave them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from joint import joint_case
from parts import parts

import diversify as dv
from diversify.errors import NotCertifiedError, SolverError
from diversify.solver import extensive_method
from diversify.solver.answer import Answer
from diversify.solver.certificate import Certificate, certify, primal_residual
from diversify.solver.highs import run
from diversify.solver.problem import Problem
from diversify.testing import tiny_case

INF = np.inf


def problem(**changes: Any) -> Problem:
    """Minimise x + 2 y with x + y >= 4, 0 <= x <= 3, y >= 0: x = 3, y = 1, cost 5."""
    given = {
        "matrix": sp.csr_array(np.array([[1.0, 1.0]])),
        "cost": np.array([1.0, 2.0]),
        "lower": np.array([0.0, 0.0]),
        "upper": np.array([3.0, INF]),
        "low": np.array([4.0]),
        "high": np.array([INF]),
        "integer": np.array([False, False]),
    }
    return Problem(**{**given, **changes})


BEST, PRICE = np.array([3.0, 1.0]), np.array([2.0])


def test_the_right_point_and_multiplier_prove_each_other() -> None:
    # By hand: 2 * 4 from the row, (1 - 2) * 3 from the bound of x, 0 from y: the bound is 5.
    certificate, bound = certify(problem(), BEST, PRICE)
    assert (certificate.primal, certificate.dual, certificate.gap) == (0.0, 0.0, 0.0)
    assert certificate.ok
    assert bound == 5.0


def test_the_offset_counts_in_cost_and_bound() -> None:
    certificate, bound = certify(problem(offset=7.0), BEST, PRICE)
    assert (certificate.gap, bound) == (0.0, 12.0)


@pytest.mark.parametrize(
    ("point", "multiplier", "field", "value"),
    [
        # 1.5 * 4 - 0.5 * 3 = 4.5 is proven: 0.5 of 1 + 5 is missing.
        ([3.0, 1.0], 1.5, "gap", 0.5 / 6),
        # No point of the other kind: x = 2, y = 2 costs 6, 1 more than proven.
        ([2.0, 2.0], 2.0, "gap", 1.0 / 7),
        # The row has no upper side, and y no upper bound: a price there hides 1 * (1 + 4) ...
        ([3.0, 1.0], -1.0, "dual", 5.0 / 6),
        # ... or (3 - 2) * (1 + 1).
        ([3.0, 1.0], 3.0, "dual", 2.0 / 6),
        # 0.01 beyond the bound of x, over 1 + 3.01.
        ([3.01, 1.0], 2.0, "primal", 0.01 / 4.01),
        # 0.02 short of the row, over 1 + 3 + 0.98.
        ([3.0, 0.98], 2.0, "primal", 0.02 / 4.98),
    ],
)
def test_what_is_off_is_seen_where_it_is_off(
    point: list[float], multiplier: float, field: str, value: float
) -> None:
    certificate, _ = certify(problem(), np.array(point), np.array([multiplier]))
    assert getattr(certificate, field) == pytest.approx(value, rel=1e-12)
    assert not certificate.ok


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_proves_nothing(strange: float) -> None:
    for point, multiplier in (
        (np.array([strange, 1.0]), PRICE),
        (BEST, np.array([strange])),
    ):
        certificate, bound = certify(problem(), point, multiplier)
        assert not certificate.ok
        assert not bound > 5.0
    # A certificate of which one part is no number is none either.
    for i in range(3):
        parts_of_it = [0.0, 0.0, 0.0]
        parts_of_it[i] = strange
        assert not Certificate(*parts_of_it).ok or strange == -np.inf


def test_a_half_is_not_whole() -> None:
    halves = problem(integer=np.array([True, False]))
    assert primal_residual(halves, np.array([2.75, 1.25])) == 0.25
    assert primal_residual(halves, BEST) == 0.0


def test_the_bound_is_below_every_feasible_point_whatever_the_multipliers() -> None:
    # Weak duality: any multiplier that keeps its signs proves a bound.
    rng = np.random.default_rng(1)
    for multiplier in rng.uniform(0, 2, 50):
        _, bound = certify(problem(), BEST, np.array([multiplier]))
        assert bound <= 5.0 + 1e-12


@pytest.mark.parametrize("case", [tiny_case(), joint_case()])
def test_a_solved_case_certifies_and_a_disturbed_one_does_not(case: dv.Case) -> None:
    whole = parts(case, [dv.ShareCap(by="country", share=0.6, stage="refine")]).stacked().problem
    answer = run(whole)
    assert answer.point is not None
    assert answer.multipliers is not None
    assert certify(whole, answer.point, answer.multipliers)[0].ok
    moved = answer.point.copy()
    moved[np.argmax(moved)] *= 1.001
    assert not certify(whole, moved, answer.multipliers)[0].ok
    wrong = answer.multipliers.copy()
    wrong[np.argmax(np.abs(wrong))] *= 1.01
    assert not certify(whole, answer.point, wrong)[0].ok


def test_a_solver_that_is_wrong_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(given: Problem, **options: Any) -> Answer:
        answer = run(given, **options)
        assert answer.point is not None
        return replace(answer, point=answer.point * 0.99)

    monkeypatch.setattr(extensive_method, "run", wrong)
    with pytest.raises(NotCertifiedError, match="does not pass the certificate"):
        dv.solve(tiny_case(), method="extensive")


@pytest.mark.parametrize(
    "changes",
    [
        {"cost": np.array([1.0, np.nan])},
        {"cost": np.array([1.0, np.inf])},
        {"matrix": sp.csr_array(np.array([[np.nan, 1.0]]))},
        {"matrix": sp.csr_array(np.array([[np.inf, 1.0]]))},
        {"lower": np.array([0.0, np.nan])},
        {"upper": np.array([np.nan, 1.0])},
        {"low": np.array([np.nan])},
        {"high": np.array([np.nan])},
        {"matrix": sp.csr_array(np.array([[1e-9, 1.0]]))},
        {"matrix": sp.csr_array(np.array([[1e15, 1.0]]))},
    ],
)
def test_a_problem_with_what_a_solver_would_drop_is_refused(changes: dict[str, Any]) -> None:
    problem()
    with pytest.raises(SolverError):
        problem(**changes)


def test_coefficients_within_the_range_are_kept_by_the_solver() -> None:
    # 2e-9 x >= 1 needs x = 5e8; a solver that drops the number says infeasible.
    small = problem(
        matrix=sp.csr_array(np.array([[2e-9, 0.0]])), low=np.array([1.0]), upper=np.full(2, INF)
    )
    answer = run(small)
    assert answer.point is not None
    assert answer.point[0] == pytest.approx(5e8, rel=1e-9)
