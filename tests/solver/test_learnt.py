"""What was learnt of the recourse is kept on disk, and saves linear problems after a resume."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from test_bank import MANY, closed_form, newsvendor

from diversify.solver import keeping
from diversify.solver.checkpoint import MANIFEST
from diversify.solver.decomposed import Way
from diversify.solver.decomposed_method import solve_decomposed
from diversify.solver.evaluator import Evaluator
from diversify.solver.learnt import Bases, bases_from, flattened_bases
from diversify.solver.search import Search
from diversify.solver.solution import Solution

PLAN = np.array([4.0, 6.0])


def opened(workers: int = 1) -> Evaluator:
    b = newsvendor()
    return Evaluator(b.blocks, b.theta, b.probability, b.news, workers=workers)


def bases() -> Bases:
    found = opened()
    found.evaluate(PLAN)
    return found.runner.learnt()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_shard_that_was_taught_solves_nothing_again(workers: int) -> None:
    first = opened(workers)
    try:
        first.evaluate(PLAN)
        held = first.runner.learnt()
        assert sum(len(part) for part in held.values()) == first.bases > 0
    finally:
        first.close()
    for part in held.values():
        # One column or row is basic for each of the four rows.
        assert part.shape[1] == 4
        assert (np.sort(part, axis=1) == part).all()
    second = opened(workers)
    try:
        second.runner.teach(held)
        found = second.evaluate(PLAN)
    finally:
        second.close()
    assert first.solves > 0
    assert second.solves == 0
    np.testing.assert_allclose(found.costs, closed_form(PLAN.tolist()), rtol=1e-12, atol=1e-12)


def test_bases_of_nothing_change_no_answer() -> None:
    wrong = np.array([[0, 0, 1, 2], [0, 1, 2, 99], [-1, 0, 1, 2], [6, 7, 8, 9], [0, 1, 2, 3]])
    found = opened()
    found.runner.teach(dict.fromkeys(range(len(found.members)), wrong))
    costs = found.evaluate(PLAN).costs
    np.testing.assert_allclose(costs, closed_form(PLAN.tolist()), rtol=1e-9, atol=1e-9)


def test_bases_are_the_same_after_they_were_arrays() -> None:
    held = bases()
    again = bases_from(flattened_bases(held))
    assert list(again) == list(held)
    for i, part in held.items():
        assert (again[i] == part).all()
    assert bases_from({}) == bases_from(flattened_bases({})) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base", np.zeros(3, dtype=np.int64)),
        ("base", np.zeros(8)),
        ("base_shape", np.array([[2, -4]])),
        ("base_shape", np.array([[2, 4, 1]])),
    ],
)
def test_arrays_that_do_not_go_together_are_refused(name: str, value: np.ndarray) -> None:
    arrays = flattened_bases({0: np.arange(8).reshape(2, 4)})
    with pytest.raises(ValueError, match="the bases"):
        bases_from({**arrays, name: value})


def test_a_resumed_search_begins_with_the_bases_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PAUSE", 0.0)
    monkeypatch.setattr(keeping, "RARELY", 0.0)
    given = newsvendor()

    def solve(way: Way) -> Solution:
        return solve_decomposed(given.blocks, given.theta, given.probability, given.news, way=way)

    def stop(search: Search) -> None:
        if search.iterations >= 3 and len(search.evaluator.theta) == MANY:
            raise KeyboardInterrupt

    whole = solve(Way())
    with contextlib.suppress(KeyboardInterrupt):
        solve(Way(checkpoint=tmp_path, watch=stop))
    manifest = json.loads((tmp_path / MANIFEST).read_text("utf-8"))
    assert manifest["bases"] > 0
    again = solve(Way(checkpoint=tmp_path))
    assert again.objective == pytest.approx(whole.objective, rel=2e-6)
    assert again.size["recourse_problems"] < whole.size["recourse_problems"]
    assert again.size["bases"] >= manifest["bases"]
