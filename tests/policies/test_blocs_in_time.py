"""Blocs that begin, or that countries join, while a case runs."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import diversify as dv
from diversify.case import Case
from diversify.policies import Policy
from diversify.testing import small_case, trial

COSTS = {"CHN": 1, "USA": 2, "DEU": 5}
CLUB = [("CLUB", "CHN", "2020-01-01", ""), ("CLUB", "USA", "2026-07-01", "")]


def two_years(club: list[tuple[str, str, str, str]] = CLUB, *, mined: bool = False) -> Case:
    """100 t of metal in 2026 and in 2027 at 1, 2 or 5 USD; the USA join the club in between."""
    sites: list[dict[str, Any]] = [
        {"site": c, "country": c, "cost": cost, "capacity": 100, "emissions": 2, "stage": "mine"}
        for c, cost in COSTS.items()
    ]
    lanes = [{"origin": c, "destination": "W", "commodity": "metal"} for c in COSTS]
    more: dict[str, Any] = {}
    if mined:
        sites.append({"site": "R", "country": "MYS", "capacity": 100})
        lanes = [{"origin": c, "destination": "R", "commodity": "ore"} for c in COSTS]
        lanes.append({"origin": "R", "destination": "W", "commodity": "metal"})
        more = {
            "commodities": [{"commodity": c, "material": "Nd"} for c in ("ore", "metal")],
            "contents": [
                {"commodity": c, "material": "Nd", "content": 1.0} for c in ("ore", "metal")
            ],
            "recipes": [
                *({"site": c, "commodity": "ore"} for c in COSTS),
                {"site": "R", "direction": "input", "commodity": "ore"},
                {"site": "R", "commodity": "metal"},
            ],
        }
    case = small_case(
        periods=2,
        sites=sites,
        lanes=lanes,
        demand=[{"buyer": "W", "commodity": "metal", "period": t, "quantity": 100} for t in (1, 2)],
        shortages=[{"buyer": "W", "commodity": "metal", "cost": 60}],
        **more,
    )
    return case.with_table(
        "blocs", pd.DataFrame(club, columns=["bloc", "country", "since", "until"])
    )


@pytest.mark.parametrize(
    ("policy", "cost"),
    [
        # 2026: 60 of CHN and 40 of USA; 2027: 60 of CHN and 40 of DEU.
        (dv.ShareCap(by="bloc", names=["CLUB"], share=0.6), 140 + 260),
        # Over both years 120 of 200: CHN in 2026 does not count twice.
        (dv.ShareCap(by="bloc", names=["CLUB"], share=0.6, period="horizon"), 100 + 180),
        # Nothing of CHN; of USA in 2026 only.
        (dv.Exclude(by="bloc", names=["CLUB"]), 200 + 500),
        # 0.6 and 0.4 have the index 0.52: of CHN and USA, then of the club and DEU.
        (dv.HhiCap(by="bloc", names=["CLUB"], limit=0.52), 140 + 260),
        # The club is one of two sources of 40 % or more: with USA, then with DEU.
        (dv.MinSources(by="country", names=["USA", "DEU"], count=1, share=0.4), 140 + 140),
        # 200 t of 2 t each is let out by the cheapest plan, all in China.
        (dv.EmissionsCap(names=["CLUB"], limit=120, period="each"), 140 + 260),
    ],
    ids=lambda x: x.name if isinstance(x, Policy) else "",
)
def test_members_count_from_the_period_that_begins_with_them(policy: Policy, cost: float) -> None:
    found = trial(two_years(), [policy])
    assert found.objective == pytest.approx(cost, rel=1e-6)
    assert found.view is not None
    values = policy.measure(found.view).values()
    worst = max(values) if policy.upper else min(values)
    assert worst == pytest.approx(policy.level_value, abs=1e-6)


def test_a_country_that_leaves_counts_until_then() -> None:
    left = [("CLUB", "CHN", "2020-01-01", ""), ("CLUB", "USA", "2020-01-01", "2026-06-30")]
    cap = dv.ShareCap(by="bloc", names=["CLUB"], share=0.6)
    # 2026: 60 of CHN and 40 of DEU; 2027: 60 of CHN and 40 of USA.
    assert trial(two_years(left), [cap]).objective == pytest.approx(260 + 140)


@pytest.mark.parametrize(
    ("policy", "cost"),
    [
        (dv.ShareCap(by="bloc", names=["CLUB"], share=0.6, stage="refine"), 140 + 260),
        (dv.ShareFloor(by="bloc", names=["CLUB"], share=0.6, stage="refine"), 100 + 100),
        (dv.Exclude(by="bloc", names=["CLUB"], stage="refine"), 200 + 500),
        (dv.HhiCap(by="bloc", names=["CLUB"], limit=0.52, stage="refine"), 140 + 260),
    ],
    ids=lambda x: x.name if isinstance(x, Policy) else "",
)
def test_looking_through_counts_members_of_the_time(policy: Policy, cost: float) -> None:
    through = policy.model_copy(update={"look_through": True})
    found = trial(two_years(mined=True), [through])
    assert found.objective == pytest.approx(cost, rel=1e-6)
    assert found.view is not None
    values = through.measure(found.view)
    worst = max(values.values()) if policy.upper else min(values.values())
    assert worst <= policy.level_value + 1e-6 if policy.upper else worst >= 0.6 - 1e-6


def test_shares_of_a_plan_and_losses_take_the_members_of_the_time() -> None:
    case = two_years()
    plan = dv.solve(case, dv.Exclude(by="country", names=["CHN"]))
    shares = plan.shares("bloc").set_index("name")
    # All is of USA, which belongs to the club in the second year only.
    assert shares.loc["CLUB", "tonnes"] == pytest.approx(100)
    # What the club takes with it in 2026 are the 100 t of CHN, and a year later all but DEU.
    for since, cost in (("2026", 100 + 100), ("2027", 100 + 100)):
        rule = dv.SurviveLoss(by="bloc", names=["CLUB"], limit=1, from_period=since)
        assert dv.solve(case, rule).objective == pytest.approx(cost)


def test_a_club_that_begins_while_the_case_runs_counts_from_then() -> None:
    late = [("CLUB", "CHN", "2026-07-01", "")]
    case = two_years(late)
    assert trial(case, [dv.Exclude(by="bloc", names=["CLUB"])]).objective == pytest.approx(300)
    assert any("CHN joins CLUB" in w.message and "from 2027 on" in w.remedy for w in case.warnings)


def test_a_case_from_before_a_bloc_is_solved_and_the_bloc_delivers_nothing() -> None:
    case = small_case(
        start="1999-01",
        sites=[{"site": "A", "country": "BRA", "cost": 1}],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
    )
    plan = dv.solve(case)
    assert plan.objective == pytest.approx(1)
    # Brazil is one of the four that gave BRICS its name, years later.
    blocs = plan.shares("bloc")["name"].tolist()
    assert "BRICS" not in blocs
    with pytest.raises(dv.InputError, match="matches no"):
        dv.solve(case, dv.Exclude(by="bloc", names=["BRICS"]))
