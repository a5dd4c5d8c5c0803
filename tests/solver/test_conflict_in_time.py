"""A clash that takes too long to find is said to be unknown; the refusal itself stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import diversify as dv
from diversify.cli.app import run as command
from diversify.errors import SolverError
from diversify.solver import conflict, relaxation
from diversify.solver.answer import Answer
from diversify.solver.conflict import Conflict
from diversify.solver.highs import run
from diversify.solver.problem import Problem
from diversify.testing import small_case

STOPPED = Answer("stopped", None, None, -np.inf)
BUDGET = dv.ShortageBudget(measure="worst", limit=0.0, name="budget")


def striking(count: int) -> dv.Case:
    """One source that fails in as many ways, the likelier the less: by 1 %, 2 % and so on."""
    weights = np.arange(count, 0.0, -1.0)
    chances = weights / weights.sum()
    return small_case(
        sites=[{"site": "A", "capacity": 1}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 5}],
        hazards=[{"hazard": "stop", "by": "site", "name": "A"}],
        scenarios={
            f"{i + 1} %": (float(chance), {"stop": [0.99 - 0.01 * i]})
            for i, chance in enumerate(chances)
        },
    )


def stopped(*_: Any, **__: Any) -> Answer:
    return STOPPED


def test_a_plan_is_refused_also_where_there_is_no_time_to_say_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conflict, "run", stopped)
    with pytest.raises(dv.InfeasibleError, match="could not be found in time") as caught:
        dv.solve(striking(3), BUDGET)
    assert caught.value.conflict is None
    with pytest.raises(dv.InfeasibleError, match="could not be found in time"):
        dv.stockpile(striking(3), BUDGET)
    with pytest.raises(SolverError, match="could not be found in time"):
        dv.explain(striking(3), BUDGET)


def test_the_program_says_so_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    striking(3).write(tmp_path)
    (tmp_path / "rules.toml").write_text(
        '[[policy]]\nkind = "shortage_budget"\nmeasure = "worst"\nlimit = 0.0\n'
    )
    monkeypatch.setattr(conflict, "run", stopped)
    given = [str(tmp_path), "--policies", str(tmp_path / "rules.toml"), "--json", "-q"]
    assert command(["explain", *given]) == 5
    assert "could not be found in time" in capsys.readouterr().out
    assert command(["solve", *given]) == 3
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "infeasible"
    assert "could not be found in time" in answer["sentence"]


def test_a_clash_is_told_also_where_there_is_no_time_for_the_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relaxation, "run", stopped)
    found = dv.explain(striking(3), BUDGET)
    assert found is not None
    assert found.items[0].policy == "budget"
    assert found.items[0].change is None
    assert found.smallest == {}
    assert "no time to find the smallest change" in found.sentence()
    assert "No change" not in found.sentence()


def test_a_change_says_in_how_many_scenarios_it_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def recorded(problem: Problem, **options: Any) -> Answer:
        asked.append(problem.shape[0])
        return run(problem, **options)

    monkeypatch.setattr(conflict, "run", recorded)
    whole = dv.explain(striking(12), BUDGET)
    assert whole is not None
    assert whole.checked is None
    # In the worst of cases 12 % are lost.
    assert whole.smallest == {"budget": pytest.approx(0.12)}

    def hurried(problem: Problem, **options: Any) -> Answer:
        return STOPPED if problem.shape[0] == max(asked) else run(problem, **options)

    monkeypatch.setattr(conflict, "run", hurried)
    found = dv.explain(striking(12), BUDGET)
    assert found is not None
    assert (found.scenarios, found.checked) == (8, 8)
    # The eight likeliest lose up to 8 %.
    assert found.smallest == {"budget": pytest.approx(0.08)}
    assert "Enough for the 8 most likely of 12 scenarios" in found.sentence()


def test_a_change_for_the_plan_alone_says_so() -> None:
    found = Conflict((), {"budget": 0.1}, of=9, checked=0)
    assert "Enough for the plan before any scenario" in found.sentence()
