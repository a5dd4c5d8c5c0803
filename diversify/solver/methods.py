"""Which method solves a batch: the extensive form for small ones, decomposition for large."""

from __future__ import annotations

import dataclasses
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.errors import Finding, InputError, NotCertifiedError, SolverError
from diversify.solver.decomposed_method import solve_decomposed
from diversify.solver.extensive_method import solve_extensive
from diversify.solver.solution import Solution
from diversify.solver.subproblems import RecourseInfeasibleError

Vector = NDArray[np.float64]
Method = Literal["auto", "extensive", "decomposed"]
# Non-zeros of the extensive form beyond which decomposition was faster (benchmarks/RESULTS.md).
LARGE = 100_000


def solve_batch(
    blocks: Blocks,
    theta: Vector,
    probability: Vector,
    news: NDArray[np.int64],
    *,
    method: Method = "auto",
    time_limit: float | None = None,
    mip_gap: float = 1e-6,
) -> Solution:
    """Return the cheapest plan of a batch of scenarios, by the method asked for or by size.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data of each distinct scenario, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).
    method : {"auto", "extensive", "decomposed"}
        With ``auto``, a batch that decomposition cannot serve goes to the extensive form.
    time_limit, mip_gap
        As in :func:`diversify.solve`; a time limit applies to the extensive form only.

    Returns
    -------
    Solution
        Its ``method`` says how it was found.

    Raises
    ------
    InputError
        If there is no such method, or decomposition is asked for a problem with yes/no decisions or
        a time limit.
    """
    if method not in get_args(Method):
        finding = Finding.error(
            table="solve",
            column="method",
            value=str(method),
            message="there is no such method",
            remedy=f"choose one of {', '.join(get_args(Method))}",
        )
        raise InputError([finding])
    if method == "decomposed":
        unfit = "yes/no decisions" if blocks.integer.any() else None
        unfit = "a time limit" if time_limit is not None else unfit
        if unfit:
            finding = Finding.error(
                table="solve",
                column="method",
                value="decomposed",
                message=f"decomposition does not take {unfit} yet",
                remedy='use method "auto" or "extensive"',
            )
            raise InputError([finding])
        return solve_decomposed(blocks, theta, probability, news)
    fits = not blocks.integer.any() and time_limit is None
    if method == "auto" and fits and expected_size(blocks, news) > LARGE:
        try:
            return solve_decomposed(blocks, theta, probability, news)
        except (RecourseInfeasibleError, NotCertifiedError, SolverError) as error:
            remark = f"decomposition did not serve ({error}), so the extensive form was solved"
            found = solve_extensive(blocks, theta, probability, news, mip_gap=mip_gap)
            return dataclasses.replace(found, remark=remark)
    return solve_extensive(blocks, theta, probability, news, time_limit=time_limit, mip_gap=mip_gap)


def expected_size(blocks: Blocks, news: NDArray[np.int64]) -> int:
    """Return about how many non-zeros the extensive form has.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    news : numpy.ndarray
        Shape (S,): periods before news, which are not written out again.

    Returns
    -------
    int
        Counted by rows of each period.
    """
    size = np.diff(blocks.matrix.indptr)
    always = int(size[blocks.row_period < 0].sum())
    periods = int(blocks.row_period.max(initial=-1)) + 1
    by_period = np.bincount(
        blocks.row_period[blocks.row_period >= 0],
        weights=size[blocks.row_period >= 0],
        minlength=max(periods, 1),
    )
    after = np.r_[by_period[::-1].cumsum()[::-1], 0.0]
    return always + int(after[np.minimum(news, periods)].sum())
