"""Probes ask for cuts at plans that change every period; what comes back bounds the true cost."""

from __future__ import annotations

import numpy as np
import pytest

from diversify.solver.evaluator import Evaluator
from diversify.solver.probing import REACH, Prober, families, spread
from diversify.solver.sweep import Sweep
from tests.solver.test_sweep import CAP, CVAR, made


def test_what_is_one_thing_in_several_periods_is_one_family() -> None:
    columns = made(CAP)[0].columns
    family = families(columns)
    books = [i for i, label in enumerate(columns) if label.startswith("plan.book[")]
    lanes = {columns[i].rpartition(",")[0] for i in books}
    assert len({int(family[i]) for i in books}) == len(lanes) < len(books)
    # A stock target has no period and stands for itself.
    targets = [i for i, label in enumerate(columns) if label.startswith("plan.target[")]
    assert all((family == family[i]).sum() == 1 for i in targets)


def test_the_largest_move_goes_to_the_whole_family_and_to_no_other() -> None:
    move = np.array([0.5, -2.0, 0.0, 0.0, 7.0])
    family = np.array([0, 0, 0, 1, 2])
    assert spread(move, family).tolist() == [-2.0, -2.0, -2.0, 0.0, 7.0]


def test_cuts_of_probes_are_bounds_at_every_plan_and_exact_at_the_probe() -> None:
    blocks, theta, probability, news = made(CAP, CVAR)
    sweep = Sweep(blocks, theta, probability, news, CAP.name, method="extensive")
    best, point = (sweep.cold(level).plan for level in (0.6, 1.0))
    assert not np.array_equal(best, point)
    evaluator = Evaluator(blocks, theta, probability, news)
    price = np.full(int((blocks.stage == 2).sum()), 2.0)
    box = blocks.lower[: blocks.first], blocks.upper[: blocks.first]
    prober = Prober(blocks)
    cuts = prober.cuts(evaluator, best, point, price, box)
    assert cuts
    move = spread(point - best, families(blocks.columns[: blocks.first]))
    probe = np.clip(best + REACH * move, *box)
    for plan, exact in ((probe, True), (best, False), (point, False)):
        found = evaluator.evaluate(plan, price)
        true = found.cost + float(price @ found.risk)
        said = sum(cut.value(plan) for cut in cuts)
        assert said <= true + 1e-9 * (1.0 + abs(true))
        assert not exact or said == pytest.approx(true, rel=1e-9)
    assert prober.cuts(evaluator, best, best, price, box) == []
    evaluator.close()
