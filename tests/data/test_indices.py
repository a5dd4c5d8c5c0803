"""Indices of concentration and supply risk, against published and hand-made numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import diversify as dv
from diversify.data import governance_weights, import_shares, world_shares
from diversify.errors import InputError
from diversify.indices import concentration, import_reliance


def oracle(name: str) -> dict[str, Any]:
    path = Path(__file__).parent / f"{name}.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


WMD = oracle("hhi_world_mining_data")["values"]
EU = oracle("eu_supply_risk")
NAMES = ("A", "B", "C")


def keyed(values: list[float]) -> dict[str, float]:
    return dict(zip(NAMES, values, strict=True))


@pytest.mark.parametrize("entry", [e for e in WMD if "tonnes" in e], ids=lambda e: e["material"])
def test_the_index_of_world_mining_data_is_met(entry: dict[str, Any]) -> None:
    assert dv.hhi(entry["tonnes"]) == pytest.approx(entry["hhi"], abs=1e-12)
    largest = max(entry["tonnes"].values()) / sum(entry["tonnes"].values())
    assert largest == pytest.approx(entry["top_share"], abs=1e-12)


@pytest.mark.parametrize("entry", WMD, ids=lambda e: e["material"])
def test_our_table_agrees_with_another_survey(entry: dict[str, Any]) -> None:
    """Two surveys of one year differ in estimates of China above all (graphite 0.82, 0.76)."""
    shares = world_shares(entry["material"], stage=entry["stage"], year=2024)
    assert dv.hhi(shares, total=1) == pytest.approx(entry["hhi"], abs=0.1)
    assert shares.iloc[0] == pytest.approx(entry["top_share"], abs=0.07)


def test_the_supply_risk_of_the_european_commission_is_met() -> None:
    inputs, tolerance = EU["inputs"], EU["tolerance"]
    world, sourcing = inputs["GS"], inputs["EU"]
    weights = {n: w * t for n, w, t in zip(NAMES, world["wgi"], world["t"], strict=True)}
    expected = EU["expected"]
    assert dv.hhi(keyed(world["share"]), weights) == pytest.approx(
        expected["HHI_GS"], abs=tolerance
    )
    assert dv.hhi(keyed(sourcing["share"]), weights) == pytest.approx(
        expected["HHI_EU"], abs=tolerance
    )
    risk = dv.supply_risk(
        keyed(world["share"]),
        keyed(sourcing["share"]),
        governance=keyed(world["wgi"]),
        trade=keyed(world["t"]),
        import_reliance=inputs["IR"],
        recycling=inputs["EoL_RIR"],
        substitution=inputs["SI_SR"],
    )
    assert risk == pytest.approx(expected["SR"], abs=tolerance)


def test_without_sourcing_the_risk_is_that_of_world_supply() -> None:
    inputs = EU["inputs"]
    risk = dv.supply_risk(
        keyed(inputs["GS"]["share"]),
        governance=keyed(inputs["GS"]["wgi"]),
        trade=keyed(inputs["GS"]["t"]),
        import_reliance=inputs["IR"],
        recycling=inputs["EoL_RIR"],
        substitution=inputs["SI_SR"],
    )
    assert risk == pytest.approx(EU["without_sourcing"], abs=EU["tolerance"])


def test_one_supplier_that_is_governed_worst_gives_ten() -> None:
    risk = dv.supply_risk({"A": 3.0}, {"A": 7.0}, governance={"A": 10.0})
    assert risk == EU["one_worst_supplier"]


@given(st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=12))
def test_the_index_lies_between_equal_shares_and_a_monopoly(amounts: list[float]) -> None:
    """By the inequality of Cauchy and Schwarz it is at least one over the number of suppliers."""
    index = dv.hhi({f"s{i}": amount for i, amount in enumerate(amounts)})
    assert 1 / len(amounts) - 1e-12 <= index <= 1 + 1e-12


@given(st.lists(st.floats(0.01, 1e6), min_size=2, max_size=8), st.floats(0.01, 1e6))
def test_neither_order_nor_unit_changes_the_index(amounts: list[float], factor: float) -> None:
    named = {f"s{i}": amount for i, amount in enumerate(amounts)}
    index = dv.hhi(named)
    other = {name: amount * factor for name, amount in reversed(named.items())}
    assert dv.hhi(other) == pytest.approx(index, rel=1e-12)


def test_a_merger_raises_the_index() -> None:
    """By twice the product of the shares: (a + b)^2 - a^2 - b^2 = 2ab."""
    apart = dv.hhi({"a": 0.2, "b": 0.3, "c": 0.5})
    assert dv.hhi({"ab": 0.5, "c": 0.5}) - apart == pytest.approx(2 * 0.2 * 0.3)


def test_weights_of_one_change_nothing() -> None:
    amounts = {"a": 1.0, "b": 2.0, "c": 4.0}
    assert dv.hhi(amounts, dict.fromkeys(amounts, 1.0)) == dv.hhi(amounts)


@pytest.mark.parametrize(
    ("amounts", "options", "count"),
    [
        ({}, {}, 1),
        ({"a": 0.0}, {}, 1),
        ({"a": -1.0, "b": float("nan"), "c": float("inf")}, {}, 3),
        ({"a": 1.0, "b": 1.0, "c": 0.0}, {"weights": {}}, 2),
        ({"a": 3.0}, {"total": 2.0}, 1),
    ],
)
def test_what_is_no_amount_is_refused(
    amounts: dict[str, float], options: dict[str, Any], count: int
) -> None:
    with pytest.raises(InputError) as caught:
        dv.hhi(amounts, **options)
    assert len(caught.value.findings) == count


def test_a_fraction_outside_its_range_is_refused_with_all_others() -> None:
    with pytest.raises(InputError) as caught:
        dv.supply_risk(
            {"A": 1}, governance={"A": 1}, import_reliance=90, recycling=-0.1, trade={"A": 0}
        )
    columns = [finding.column for finding in caught.value.findings]
    assert columns == ["import_reliance", "recycling", "trade"]


def test_import_reliance_is_a_fraction_of_apparent_consumption() -> None:
    """The EU's formula by hand: (90 - 10) / (20 + 90 - 10); a net exporter relies on nobody."""
    assert import_reliance(imports=90, exports=10, production=20) == 0.8
    assert import_reliance(imports=10, exports=90, production=100) == 0.0
    assert import_reliance(imports=5, exports=0, production=0) == 1.0
    with pytest.raises(InputError):
        import_reliance(imports=-1, exports=0, production=float("nan"))


def test_governance_weights_run_from_best_to_worst() -> None:
    """The range is that of the index; the order of these is common knowledge."""
    weights = governance_weights()
    assert all(0 <= weight <= 10 for weight in weights.values())
    assert weights["NOR"] < weights["CHL"] < weights["CHN"] < weights["COD"]


def test_risk_of_shipped_tables_orders_materials_as_expected() -> None:
    """Gallium (one country) is far riskier than copper (many), in every list of the EU."""
    weights = governance_weights()
    gallium = dv.supply_risk(world_shares("gallium", stage="refine"), governance=weights)
    copper = dv.supply_risk(world_shares("copper", stage="mine"), governance=weights)
    assert gallium > 3 * copper > 0


def test_a_plan_has_an_index_for_each_material_and_stage() -> None:
    """The plan of the example holds 0.65 and 0.35: 0.65^2 + 0.35^2 = 0.545."""
    case = dv.example("first-steps")
    plan = dv.solve(case, dv.ShareCap(by="country", share=0.65, foreign_only=False))
    found = concentration(plan.shares("country"))
    assert found["hhi"].to_list() == pytest.approx([0.545])
    assert found["top"].to_list() == ["CHN"]


def test_a_concentration_of_nothing_is_empty() -> None:
    empty = pd.DataFrame(columns=["material", "stage", "name", "share"])
    assert concentration(empty).empty


def test_a_year_without_rows_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="known: 2023, 2024, 2025"):
        world_shares("cobalt", stage="mine", year=1990)


def test_shares_of_imports_are_of_all_that_is_bought() -> None:
    """Brazil and Canada are the two large producers of niobium, and sell it as ferroniobium."""
    shares = import_shares("niobium", "EU27", year=2024)
    assert set(shares.index[:2]) == {"BRA", "CAN"}
    assert shares.sum() == pytest.approx(1)
    with pytest.raises(InputError, match="known: 2023, 2024"):
        import_shares("niobium", "EU27", year=1990)
