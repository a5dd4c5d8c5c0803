"""The bridge to mpi-sppy: its extensive form has the optimum of our own."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo
import pytest

import diversify as dv
from diversify.errors import InputError
from diversify.testing import small_case, tiny_case
from tests.rows import bought, outage


def extensive(case: dv.Case, *policies: Any, **options: Any) -> Any:
    """Build mpi-sppy's extensive form and solve it with HiGHS through Pyomo."""
    from mpisppy.opt.ef import ExtensiveForm

    creator, names = dv.scenario_creator(case, *policies, **options)
    form = ExtensiveForm({"solver": "appsi_highs"}, names, creator)
    results = form.solve_extensive_form()
    pyo.assert_optimal_termination(results)
    return form


CAP = dv.ShareCap(by="country", share=0.65, foreign_only=False, stage="refine")


def drawn_case() -> dv.Case:
    """A cheap site that fails at random, and one that has to be qualified first; with a stock."""
    return small_case(
        periods=3,
        sites=[
            {"site": "Cheap", "country": "CHN", "cost": 1, "capacity": 10},
            {"site": "Safe", "country": "AUS", "cost": 2, "capacity": 3, "fixed_cost": 4},
        ],
        **bought(12, "Cheap", "Safe", quantity=4),
        stocks=[{"buyer": "Works", "commodity": "metal", "capacity": 2, "holding_cost": 0.5}],
        hazards=[outage("Cheap", 0.3, hazard="strike")],
    )


@pytest.mark.parametrize(
    "policies", [(), (CAP,), (CAP, dv.ShortageBudget(measure="worst", limit=0.2))], ids=len
)
def test_the_extensive_form_of_mpi_sppy_has_the_same_optimum(policies: tuple[Any, ...]) -> None:
    case = tiny_case()
    ours = dv.solve(case, *policies, case_policies=False, method="extensive")
    theirs = extensive(case, *policies, case_policies=False)
    assert theirs.get_objective_value() == pytest.approx(ours.objective, rel=1e-6)


def test_drawn_scenarios_and_yes_no_decisions_too() -> None:
    case = drawn_case()
    ours = dv.solve(case, scenarios=30, seed=3, out_of_sample=0, method="extensive")
    theirs = extensive(case, scenarios=30, seed=3)
    assert ours.decisions["qualified"].tolist() == [True]
    assert theirs.get_objective_value() == pytest.approx(ours.objective, rel=1e-6)


def test_every_scenario_has_its_probability_and_its_own_data() -> None:
    creator, names = dv.scenario_creator(tiny_case())
    models = [creator(name) for name in names]
    assert sum(m._mpisppy_probability for m in models) == pytest.approx(1.0, abs=1e-12)
    data = [
        tuple(v.value for v in m.data.component_data_objects(pyo.Var, descend_into=True))
        for m in models
    ]
    assert len(set(data)) == len(names) > 1
    for model in models:
        (root,) = model._mpisppy_node_list
        plan = list(model.plan.component_data_objects(pyo.Var, descend_into=True))
        assert {id(v) for v in root.nonant_vardata_list} == {id(v) for v in plan}


@pytest.mark.parametrize("measure", ["cvar", "expectation"])
def test_what_couples_scenarios_is_refused_by_name(measure: str) -> None:
    level = {"level": 0.9} if measure == "cvar" else {}
    budget = dv.ShortageBudget(measure=measure, limit=0.1, name="my budget", **level)
    with pytest.raises(InputError, match=r"'my budget'.*couples all scenarios"):
        dv.scenario_creator(tiny_case(), budget)


def test_an_unknown_scenario_is_refused() -> None:
    creator, _ = dv.scenario_creator(tiny_case())
    with pytest.raises(InputError, match="no such scenario"):
        creator("Scenario999")


def test_without_mpi_sppy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("diversify.mpisppy.import_module", missing)
    with pytest.raises(InputError, match=r"diversify-supply\[mpi\]"):
        dv.scenario_creator(tiny_case())
