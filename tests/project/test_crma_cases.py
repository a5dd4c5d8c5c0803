"""Every curated case under the EU's benchmarks: a certified plan, or a conflict that names them."""

from __future__ import annotations

import time

import pytest
from checkout import ROOT

import diversify as dv

CASES = sorted(path.name for path in (ROOT / "data" / "cases").iterdir())
# Without a site at home at some stage the benchmark cannot be kept, whatever is paid.
SLOW = ("battery", "rare-earths")


def answer(name: str, policy: dv.Crma) -> dv.Plan | dv.InfeasibleError:
    try:
        case = dv.example(name)
        # Some cases list their scenarios and draw none.
        count = None if case.scenario_source == "listed" else 5
        return dv.solve(case, policy, scenarios=count, seed=1, out_of_sample=0)
    except dv.InfeasibleError as error:
        return error


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in CASES]
)
def test_a_case_is_feasible_or_explained_within_a_minute(name: str) -> None:
    since = time.perf_counter()
    found = answer(name, dv.Crma())
    assert time.perf_counter() - since < 60
    if isinstance(found, dv.Plan):
        assert (found.status, found.point) == ("optimal", "certified")
    else:
        assert found.conflict is not None
        assert "crma" in {item["policy"] for item in found.conflict.records()}


def test_what_rare_earths_can_do_is_priced() -> None:
    # Nothing is mined in the EU and next to nothing recycled; the rest of the benchmarks is
    # within reach.
    policy = dv.Crma(extraction=0, recycling=0.02, processing=0.1)
    found = answer("rare-earths", policy)
    assert isinstance(found, dv.Plan)
    rows = found.prices[found.prices["policy"] == "crma"].set_index("row")["price"]
    assert rows["all"] > 0
    assert rows.drop("all").sum() == pytest.approx(rows["all"])
    home = dv.example("rare-earths").countries_of("EU27")
    refined = found.shares("country")
    refined = refined[(refined["stage"] == "refine") & refined["name"].isin(home)]
    demand = dv.example("rare-earths").for_buyers("EU27").table("demand")
    for material in ("NdPr", "DyTb"):
        needed = demand[demand["commodity"] == f"{material}_oxide"]["quantity"].sum()
        assert refined[refined["material"] == material]["tonnes"].sum() >= 0.1 * needed - 1e-6
