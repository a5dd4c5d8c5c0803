"""Events: what is bundled, what of them strikes a case, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import diversify as dv
from diversify.data.rows import read_rows
from diversify.stressing.events import bundled_events, find_event, parse_events
from diversify.stressing.mapping import Mapped, map_event

# The ten shocks that are replayed elsewhere: the events that they are here.
SHOCKS = {
    "rare earths 2010": ["CHN-REE-2010"],
    "gallium and germanium 2023": ["CHN-GAGE-2023", "CHN-GAGESB-US-2024"],
    "antimony 2024": ["CHN-SB-2024"],
    "rare earths 2025": ["CHN-HREE-2025"],
    "nickel ore 2014 and 2020": ["IDN-NI-2014", "IDN-NI-2020"],
    "lithium ore 2022": ["ZWE-LI-2022"],
    "cobalt 2025": ["COD-CO-2025"],
    "palladium and nickel 2022": ["RUS-PDNI-2022"],
    "quartz 2024": ["USA-HPQ-2024"],
    "stockpile 2023": ["USA-NDS-2023"],
}
EFFECT = {"by": "country", "name": "CHN", "severity": 0.5, "months": 3}


def test_each_of_the_ten_shocks_is_there_with_source_and_facts() -> None:
    events = {event.id: event for event in bundled_events()}
    for names in SHOCKS.values():
        for name in names:
            assert events[name].source
            assert events[name].facts
            assert all(effect.note for effect in events[name].effect)


def test_events_name_rows_of_the_table_of_disruptions_that_began_in_the_same_year() -> None:
    rows = read_rows("disruptions").rows
    since = {row["event"]: row["since"] for row in rows}
    for event in bundled_events():
        for name in event.disruptions:
            assert since[name][:4] == event.since[:4], name


def test_numbers_are_those_of_the_facts() -> None:
    def sizes(name: str, field: str) -> list[Any]:
        return [getattr(effect, field) for effect in find_event(name).effect]

    quota = 1 - 30_184 / 50_145
    assert sizes("CHN-REE-2010", "severity")[2] == pytest.approx(quota, abs=0.005)
    gallium, germanium = 1 - 1_530 / 5_611, 1 - 721 / 5_488
    assert sizes("CHN-GAGE-2023", "severity")[1:3] == pytest.approx([gallium, germanium], abs=5e-4)
    assert sizes("COD-CO-2025", "severity")[1] == pytest.approx(1 - 96_600 / 220_000, abs=0.002)
    assert sizes("CHN-SB-2024", "price_multiple")[2] == pytest.approx(1 + 2.28)


def on(name: str, event: str, buyer: str | None = None) -> Mapped:
    case = dv.example(name)
    return map_event(case.for_buyers(buyer) if buyer else case, find_event(event))


def test_an_embargo_strikes_only_whom_it_is_meant_for() -> None:
    japan, europe = (on("rare-earths", "CHN-REE-2010", b) for b in ("JPN", "EU27"))
    assert [s.row["destination"] for s in japan.strikes if s.effect.destination] == ["JPN"] * 2
    assert not [s for s in europe.strikes if s.effect.destination]
    assert any("to JPN" in said for said in europe.left_out)


def test_who_is_spared_pays_no_more() -> None:
    mapped = on("rare-earths", "CHN-HREE-2025")
    priced = {s.row["destination"] for s in mapped.strikes if s.what == "price"}
    assert priced == {"EU27", "JPN", "USA"}
    assert {s.row["commodity"] for s in mapped.strikes if s.what == "price"} == {"DyTb_oxide"}


def test_a_mine_that_stops_is_a_site_that_stops() -> None:
    struck = on("quartz", "USA-HPQ-2024", "CHN").strikes
    names = {s.row["name"] for s in struck if s.effect.by == "country"}
    assert names == {"spruce_pine_sibelco_mine", "spruce_pine_tqc_mine"}
    assert {s.row["by"] for s in struck} == {"site"}


def test_ore_that_is_banned_is_lanes_that_leave_the_country() -> None:
    struck = on("battery", "IDN-NI-2020").strikes
    (supply,) = (s.row for s in struck if s.what == "supply")
    assert (supply["name"], supply["stage"], supply["commodity"]) == ("IDN", "mine", "nickel_ore")
    assert supply["exports_only"]
    # What buyers pay more for is the metal, not the ore that it is made of as well.
    assert {s.row["name"] for s in struck if s.what == "price"} <= {"nickel"} | {
        s.row["name"] for s in struck if s.row["by"] == "lane"
    }


def test_an_effect_that_the_case_knows_nothing_of_is_left_out_and_said() -> None:
    mapped = on("tungsten-antimony", "CHN-GAGESB-US-2024")
    assert len(mapped.strikes) == 1
    assert mapped.left_out == (
        "2.06 times the price of germanium for 12 months: the case has no germanium",
    )


def test_an_event_that_touches_nothing_is_refused_unless_that_is_meant() -> None:
    plan = dv.solve(dv.example("first-steps"), case_policies=False)
    with pytest.raises(dv.InputError, match="touches nothing of the case 'first-steps'"):
        dv.stress(plan, "COD-CO-2025")
    found = dv.stress(plan, "COD-CO-2025", allow_empty=True)
    assert found.untouched == ("COD-CO-2025",)
    assert found.table["shortage"].tolist() == [0, 0]


def test_without_a_name_all_events_that_touch_the_case_are_played() -> None:
    plan = dv.solve(dv.example("quartz"), scenarios=3, seed=1, out_of_sample=0)
    found = dv.stress(plan)
    assert [event.id for event in found.events] == ["USA-HPQ-2024"]
    assert len(found.untouched) == len(bundled_events()) - 1


def test_an_unknown_event_names_the_nearest() -> None:
    with pytest.raises(dv.InputError, match="did you mean 'CHN-REE-2010'"):
        find_event("CHN-REE-2011")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"severty": 0.5}, "did you mean 'severity'"),
        ({"severity": 1.5}, "less than or equal to 1"),
        ({"months": 0}, "greater than 0"),
        ({"months": float("inf")}, "finite"),
        ({"name": ""}, "by and name belong together"),
        ({"severity": None}, "it does nothing"),
        ({"by": "planet"}, "'country', 'bloc'"),
        ({"severity": None, "demand_multiple": 2.0, "stage": "mine"}, "demand has no stage"),
        ({"severity": None, "demand_multiple": 2.0, "by": "owner"}, "demand is that of buyers"),
    ],
)
def test_effects_that_mean_nothing_are_refused(change: dict[str, Any], said: str) -> None:
    table = {"id": "X", "title": "x", "since": "2030", "effect": [{**EFFECT, **change}]}
    with pytest.raises(dv.InputError, match=said):
        parse_events([table])


def test_everything_wrong_in_a_list_of_events_is_said_at_once() -> None:
    good = {"id": "X", "title": "x", "since": "2030-01", "effect": [EFFECT]}
    bad = {"id": "Y", "title": "y", "since": "30", "effect": []}
    with pytest.raises(dv.InputError) as caught:
        parse_events([good, good, bad, {"id": "Z"}])
    places = {finding.column for finding in caught.value.findings}
    assert places == {"id", "since", "effect", "title"}


def test_files_of_events(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    with pytest.raises(dv.InputError, match="cannot be read"):
        dv.read_events(path)
    for text, said in (("[[event", "is not TOML"), ("", "holds no event"), ("a = 1", "holds a")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(dv.InputError, match=said):
            dv.read_events(path)
    path.write_text(
        '[[event]]\nid = "X"\ntitle = "x"\nsince = "2030"\n'
        '[[event.effect]]\nby = "country"\nname = "CHN"\nseverity = 0.5\nmonths = 3\n',
        encoding="utf-8",
    )
    (event,) = dv.read_events(path)
    assert event.effect[0].sentence == "50 % of supply lost from CHN for 3 months"


def test_a_country_that_there_is_not_is_refused() -> None:
    table = {"id": "X", "title": "x", "since": "2030", "effect": [{**EFFECT, "name": "XYZ"}]}
    plan = dv.solve(dv.example("first-steps"), case_policies=False)
    with pytest.raises(dv.InputError, match="no country, bloc or buyer has this name"):
        dv.stress(plan, *parse_events([table]))


@pytest.mark.slow
@pytest.mark.parametrize("buyer", ["EU27", "JPN", "USA", "CHN"])
@pytest.mark.parametrize(
    "name",
    [
        "battery",
        "gallium-germanium",
        "platinum-group",
        "quartz",
        "rare-earths",
        "tungsten-antimony",
    ],
)
def test_every_event_is_replayed_on_every_case_that_it_touches(name: str, buyer: str) -> None:
    case = dv.example(name)
    plan = dv.solve(case, buyer=buyer, scenarios=2, seed=1, case_policies=False, out_of_sample=0)
    touched = [e.id for e in bundled_events() if map_event(plan.case, e).strikes]
    if not touched:
        with pytest.raises(dv.InputError, match="touches nothing"):
            dv.stress(plan)
        return
    found = dv.stress(plan)
    assert [event.id for event in found.events] == touched
    rows = found.table
    assert (rows["shortage"] >= 0).all()
    assert (rows["extra_cost"].dropna() >= -1e-6 * rows["cost"].abs().max()).all()
    best = rows[rows["plan"] == "clairvoyant"].set_index("event")["cost"]
    mine = rows[rows["plan"] == "no rule"].set_index("event")["cost"]
    assert (best <= mine * (1 + 1e-6)).all()
