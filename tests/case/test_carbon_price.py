"""The carbon price of a case, and emissions that are doubtful."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import diversify as dv
from diversify.case import Case
from diversify.errors import InputError
from diversify.testing import small_case


def case(emissions: float | None = 1.0, **settings: Any) -> Case:
    site: dict[str, Any] = {"site": "A"}
    if emissions is not None:
        site["emissions"] = emissions
    return small_case(
        sites=[site],
        lanes=[{"origin": "A", "destination": "Works", "commodity": "metal"}],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        **settings,
    )


@pytest.mark.parametrize(
    ("given", "each"), [(30, (30.0, 30.0)), ([30.0], (30.0, 30.0)), ([10, 20], (10.0, 20.0))]
)
def test_a_price_is_one_number_or_one_for_each_period(given: Any, each: tuple[float, ...]) -> None:
    assert case(periods=2, carbon_price=given).settings.carbon_prices == each


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([1, 2, 3], "there are 3 prices for 2 periods"),
        ([], "there are 0 prices for 2 periods"),
        (-1, "greater than or equal to 0"),
        ("30", "tuple"),
        (True, "tuple"),
        ([float("inf")], "finite"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(given: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        case(periods=2, carbon_price=given)
    (finding,) = caught.value.findings
    assert said in finding.message
    assert (finding.column or "").startswith("carbon_price")
    assert "one number, or one for each period" in finding.remedy


def test_a_case_without_a_price_keeps_its_digest() -> None:
    assert case().digest == case(carbon_price=0).digest == case(carbon_price=[0.0]).digest
    assert case().digest != case(carbon_price=1).digest
    assert case(emissions=None).digest != case().digest


def test_price_and_emissions_are_written_and_read_back(tmp_path: Path) -> None:
    given = case(periods=2, carbon_price=[10, 20])
    back = dv.read(given.write(tmp_path / "case"))
    assert back == given
    assert back.settings.carbon_prices == (10.0, 20.0)
    assert back.table("sites")["emissions"].tolist() == [1.0]
    assert back.table("lanes")["emissions"].tolist() == [0.0]


def test_a_price_that_nobody_pays_is_warned_of() -> None:
    (warning,) = case(emissions=None, carbon_price=5).warnings
    assert "no site or lane has emissions" in warning.message
    assert not case(carbon_price=5).warnings


def test_emissions_in_kilograms_are_warned_of() -> None:
    (warning,) = case(emissions=150_000).warnings
    assert (warning.table, warning.column) == ("sites", "emissions")
    assert "tonnes of CO2e per tonne, not kilograms" in warning.remedy


def test_emissions_below_zero_are_refused() -> None:
    with pytest.raises(InputError, match="emissions"):
        case(emissions=-1)
