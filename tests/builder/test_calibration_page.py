"""The table of docs/calibration.md holds what the builder gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from diversify.builder import build

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"
BUYERS = ("EU27", "USA", "JPN", "CHN")


def _printed() -> dict[tuple[str, str], dict[str, tuple[float, float]]]:
    section = PAGE.read_text("utf-8").split("## The undisturbed plan")[1].split("\n## ")[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and "/" in cells[2]:
            pairs = [tuple(float(x) for x in cell.split("/")) for cell in cells[2:]]
            found[cells[0], cells[1]] = dict(zip(BUYERS, pairs, strict=True))
    return found  # type: ignore[return-value]


def test_the_page_has_the_twelve_materials_and_beats_the_cheapest_first() -> None:
    printed = _printed()
    assert len({material for material, _ in printed}) == 12
    for by_buyer in printed.values():
        assert all(ours <= cheapest for ours, cheapest in by_buyer.values())
        assert by_buyer["EU27"][0] < by_buyer["EU27"][1]


@pytest.mark.parametrize(
    "material",
    [
        "manganese",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in (
                "gallium", "germanium", "cobalt", "nickel", "lithium", "graphite", "tungsten",
                "antimony", "platinum", "palladium", "copper",
            )
        ),
    ],
)  # fmt: skip
def test_the_page_prints_what_the_builder_gives(material: str) -> None:
    printed = _printed()
    for buyer in BUYERS:
        for row in build(material, buyer).fit.to_dict("records"):
            ours, cheapest = printed[material, row["stage"]][buyer]
            assert row["distance"] == pytest.approx(ours, abs=6e-4)
            assert row["cheapest"] == pytest.approx(cheapest, abs=6e-4)
