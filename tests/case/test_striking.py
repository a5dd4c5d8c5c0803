"""Kinds of hazards: whom each strikes, what it says without saying it, and what stays as it was."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from diversify.case import Case
from diversify.case.settings import ScenarioSettings
from diversify.case.striking import complete_hazards
from diversify.testing import small_case

A, B, HOME = "A>Works:metal", "B>Works:metal", "B>C:metal"


def case(**cells: Any) -> Case:
    """Sites in China and Germany, a German buyer, two lanes through Malacca, one hazard."""
    return small_case(
        commodities=[{"commodity": c, "material": "M"} for c in ("metal", "alloy")],
        sites=[
            {"site": "A", "country": "CHN", "owner": "X"},
            {"site": "B", "country": "CHN", "owner": "Y"},
            {"site": "C", "country": "CHN", "owner": "Y"},
        ],
        recipes=[
            {"site": "A", "commodity": "metal"},
            {"site": "B", "commodity": "metal"},
            {"site": "C", "direction": "input", "commodity": "metal"},
            {"site": "C", "commodity": "alloy"},
        ],
        lanes=[
            {"origin": "A", "destination": "Works", "commodity": "metal", "corridor": "Malacca"},
            {"origin": "B", "destination": "Works", "commodity": "metal", "corridor": "Suez"},
            {"origin": "B", "destination": "C", "commodity": "metal"},
            {"origin": "C", "destination": "Works", "commodity": "alloy", "corridor": "Malacca"},
        ],
        demand=[{"buyer": "Works", "commodity": c, "quantity": 1} for c in ("metal", "alloy")],
        hazards=[{"hazard": "h", **cells}],
    )


@pytest.mark.parametrize(
    ("cells", "lanes"),
    [
        ({"by": "corridor", "name": "Malacca"}, (A, "C>Works:alloy")),
        ({"by": "corridor", "name": "Malacca", "commodity": "alloy"}, ("C>Works:alloy",)),
        ({"kind": "export_ban", "by": "country", "name": "CHN", "commodity": "metal"}, (A, B)),
        ({"kind": "quota", "by": "owner", "name": "Y", "severity": 0.3}, (B, "C>Works:alloy")),
        ({"kind": "licence_delay", "by": "site", "name": "B"}, (B,)),
        ({"kind": "price", "by": "site", "name": "B"}, (HOME, B)),
        ({"kind": "price", "by": "country", "name": "CHN", "exports_only": True,
          "commodity": "metal"}, (A, B)),
    ],
)  # fmt: skip
def test_whom_a_kind_of_hazard_strikes(cells: dict[str, Any], lanes: tuple[str, ...]) -> None:
    struck = case(**cells).exposure()["h"]
    assert (struck.sites, struck.demand) == ((), ())
    assert struck.lanes == tuple(sorted(lanes))


@pytest.mark.parametrize(
    ("cells", "severity", "distribution"),
    [
        ({"kind": "export_ban"}, 1.0, "geometric"),
        ({"kind": "export_ban", "severity": 0.9}, 0.9, "geometric"),
        ({"kind": "licence_delay"}, 1.0, "fixed"),
        ({"kind": "licence_delay", "duration_distribution": "exponential"}, 1.0, "exponential"),
        ({"severity_low": 0.2, "severity_high": 0.6}, 0.4, "geometric"),
        ({"severity": 0.7, "severity_sd": 0.1}, 0.7, "geometric"),
    ],
)
def test_what_a_kind_says_without_saying_it(
    cells: dict[str, Any], severity: float, distribution: str
) -> None:
    row = (
        case(
            **{"by": "country", "name": "CHN", "rate_per_year": 0.1, "duration_months": 3, **cells}
        )
        .table("hazards")
        .iloc[0]
    )
    assert row["severity"] == pytest.approx(severity)
    assert row["duration_distribution"] == distribution


def test_a_severity_that_is_not_known_stays_so() -> None:
    columns = {
        "kind": ["outage", "quota"],
        "severity": [float("nan")] * 2,
        "severity_low": [float("nan"), 0.2],
        "severity_high": [float("nan")] * 2,
        "duration_distribution": ["", ""],
    }
    complete_hazards(columns)
    assert pd.isna(columns["severity"]).all()


def test_settings_of_the_usual_draws_are_not_written() -> None:
    assert set(ScenarioSettings().model_dump()) == {"count", "seed", "missing", "source"}
    chosen = ScenarioSettings(method="sobol", copula="t", copula_df=3.0, repair="nearest")
    given = chosen.model_dump()
    assert given["method"] == "sobol"
    assert ScenarioSettings.model_validate(given) == chosen


def test_a_buyer_alone_keeps_the_shocks_and_correlations_that_concern_him() -> None:
    def hazard(name: str, site: str, shock: str) -> dict[str, Any]:
        return {
            "hazard": name,
            "kind": "outage",
            "by": "site",
            "name": site,
            "rate_per_year": 0.1,
            "duration_months": 6,
            "severity": 0.5,
            "shock": shock,
        }

    plain = small_case(
        sites=[{"site": s} for s in "AB"],
        lanes=[
            {"origin": "A", "destination": "One", "commodity": "metal"},
            {"origin": "A", "destination": "Two", "commodity": "metal"},
            {"origin": "B", "destination": "Two", "commodity": "metal"},
        ],
        demand=[{"buyer": b, "commodity": "metal", "quantity": 1} for b in ("One", "Two")],
    )
    tables = {name: plain.raw(name) for name in plain.tables} | {
        "hazards": pd.DataFrame([hazard("a", "A", "near"), hazard("b", "B", "far")]),
        "shocks": pd.DataFrame([{"shock": s, "rate_per_year": 0.1} for s in ("near", "far")]),
        "correlations": pd.DataFrame([{"hazard_a": "a", "hazard_b": "b", "rho": 0.5}]),
    }
    whole = Case.from_frames(plain.settings, tables)
    alone = whole.for_buyers("One")
    assert whole.table("shocks")["shock"].tolist() == ["far", "near"]
    assert alone.table("shocks")["shock"].tolist() == ["near"]
    assert alone.table("shocks")["probability"].tolist() == [1.0]
    assert alone.table("correlations").empty
    assert whole.for_buyers("Two").table("correlations")["rho"].tolist() == [0.5]
