"""The corners of the map of stock and second source follow from arithmetic."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import numpy as np
import pytest
from checkout import ROOT

import diversify as dv
from diversify.jobs import job_scenarios

DRAWS, SEED = 200, 1
DISCOUNT = 1.05 ** (-0.25 * np.arange(21))


@pytest.fixture(scope="module")
def tomlin() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tomlin", ROOT / "examples" / "tomlin.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("often", "months"), [(0.02, 3), (0.05, 24), (0.05, 48)])
def test_without_room_for_stock_expected_losses_decide(
    tomlin: ModuleType, often: float, months: int
) -> None:
    """The dear source is worth 25 more in a quarter if over 25 / 400 of the cheap one is lost."""
    case = tomlin.stopping(often, months, room=0.0)
    batch = job_scenarios(case, DRAWS, SEED)
    down = 1.0 - batch.probability @ batch.values[:, 0]
    edge = (tomlin.DEAR - tomlin.CHEAP) / (tomlin.LOST - tomlin.CHEAP)
    plan = dv.solve(case, scenarios=DRAWS, seed=SEED, out_of_sample=0)
    rows = plan.portfolio[plan.portfolio["site"] == "dear"].set_index("period")["tonnes"]
    booked = rows.reindex(list(case.period_labels), fill_value=0.0).to_numpy()
    clear = np.abs(down - edge) > 1e-9
    assert booked[clear] == pytest.approx(np.where(down > edge, 1.0, 0.0)[clear], abs=1e-7)


@pytest.mark.parametrize("often", [0.005, 0.02, 0.05, 0.2])
def test_a_stock_against_stops_of_a_quarter_is_worth_its_first_use(
    tomlin: ModuleType, often: float
) -> None:
    """Nothing can be bought beyond bookings, so a tonne is used once, and then neither stored nor
    sold at the end.
    """
    case = tomlin.stopping(often, 3, room=1.0)
    batch = job_scenarios(case, DRAWS, SEED)
    stored = tomlin.STORAGE * 0.25 * DISCOUNT[:20]
    keeping = tomlin.CHEAP * (1 - DISCOUNT[20]) + stored.sum()
    saved = 0.0
    for mass, first in zip(batch.probability, batch.first_news, strict=True):
        if first < 20:
            saved += mass * (
                tomlin.LOST * DISCOUNT[first] + stored[first:].sum() - tomlin.CHEAP * DISCOUNT[20]
            )
    plan = dv.solve(
        case, dv.Exclude(by="site", names=["dear"]), scenarios=DRAWS, seed=SEED, out_of_sample=0
    )
    assert abs(saved - keeping) > 1.0
    assert (plan.stocks["tonnes"].item() > 0.5) == (saved > keeping)


@pytest.mark.slow
def test_the_corners_of_the_map(tomlin: ModuleType) -> None:
    table = tomlin.mapped([0.02, 0.1], [3, 48])
    found = table.pivot(index="stops_per_year", columns="mean_months", values="answer")
    assert found.loc[0.02, 3] == "neither"
    assert found.loc[0.1, 3] == "stock"
    assert found.loc[0.1, 48] == "second source"
    assert len(tomlin.drawn(table).data) == 1
