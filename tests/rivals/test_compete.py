"""Buyers of the same capacity: every number is worked out by hand."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import diversify as dv
from diversify.accounts import accounts, usage
from diversify.cli.app import run
from diversify.policies.taken import Taken
from diversify.testing import policy_rows, small_case, tiny_case

CAP = dv.ShareCap(by="country", names=["CHN"], share=1 / 3, stage="refine", name="less China")


def two_buyers(**settings: Any) -> dv.Case:
    """A cheap site of 10 t a year in China, a dear one in Australia, and demand of 14 t.

    From China X pays 11 USD/t (freight of 1) and Y 10; from Australia both pay 14. So a tonne of
    the cheap site saves X 3 and Y 4.
    """
    ends = [("Cheap", "X", 1), ("Cheap", "Y", 0), ("Dear", "X", 0), ("Dear", "Y", 0)]
    return small_case(
        commodities=[{"commodity": "metal", "material": "metal", "price": 20}],
        buyers=[{"buyer": "X", "country": "DEU"}, {"buyer": "Y", "country": "JPN"}],
        sites=[
            {"site": "Cheap", "country": "CHN", "cost": 10, "capacity": 10},
            {"site": "Dear", "country": "AUS", "cost": 14, "capacity": 20},
        ],
        lanes=[
            {"origin": o, "destination": d, "commodity": "metal", "freight": f} for o, d, f in ends
        ],
        demand=[
            {"buyer": "X", "commodity": "metal", "quantity": 6},
            {"buyer": "Y", "commodity": "metal", "quantity": 8},
        ],
        **settings,
    )


def cost(found: dv.Rivalry, **where: str) -> dict[str, float]:
    table = found.table
    given = {"order": "", "without": "", **where}
    for column, value in given.items():
        table = table[table[column] == value]
    return {b: pytest.approx(c) for b, c in zip(table["buyer"], table["cost"], strict=True)}


# X alone takes 6 t of the cheap site; Y alone 8 t. Jointly Y, who saves more, takes 8 and X 2.
X_ALONE, Y_ALONE = 6 * 11, 8 * 10
X_AFTER_Y = 2 * 11 + 4 * 14
Y_AFTER_X = 4 * 10 + 4 * 14


@pytest.fixture(scope="module")
def found() -> dv.Rivalry:
    """All orders; X keeps a policy, so that "without X" is a world without any policy."""
    return dv.compete(two_buyers(), policies={"X": [CAP]}, orders="all")


def test_who_comes_first_takes_the_best(found: dv.Rivalry) -> None:
    free = {"without": "X"}
    assert cost(found, mode="alone", **free) == {"X": X_ALONE, "Y": Y_ALONE}
    assert cost(found, mode="joint", **free) == {"X": X_AFTER_Y, "Y": Y_ALONE}
    assert cost(found, mode="in turn", order="X > Y", **free) == {"X": X_ALONE, "Y": Y_AFTER_X}
    assert cost(found, mode="in turn", order="Y > X", **free) == {"Y": Y_ALONE, "X": X_AFTER_Y}
    assert set(found.table["status"]) == {"optimal"}


def test_unit_costs_and_shares_are_those_of_the_deliveries(found: dv.Rivalry) -> None:
    table = found.table.set_index(["mode", "order", "without", "buyer"])["unit_cost"]
    assert table["joint", "", "X", "X"] == pytest.approx(X_AFTER_Y / 6)
    shares = found.shares.set_index(["mode", "order", "without", "buyer", "country"])["share"]
    assert shares["in turn", "X > Y", "X", "Y", "CHN"] == pytest.approx(4 / 8)
    assert shares["joint", "", "X", "X", "AUS"] == pytest.approx(4 / 6)
    # A site without inputs adds the whole price of 20 USD/t.
    added = found.value_added.set_index(["mode", "order", "without", "country"])["usd"]
    assert added["joint", "", "X", "CHN"] == pytest.approx(200)
    assert added["joint", "", "X", "AUS"] == pytest.approx(80)
    # Each alone uses 6 and 8 t of the same site: worlds that exclude each other.
    assert added["alone", "", "X", "CHN"] == pytest.approx(280)


def test_the_policy_of_one_buyer_makes_room_for_the_other(found: dv.Rivalry) -> None:
    assert cost(found, mode="in turn", order="X > Y") == {"X": X_AFTER_Y, "Y": Y_ALONE}
    effects = found.effects.set_index(["mode", "order", "of", "buyer"])["cost"]
    # X takes 2 t of the cheap site in place of 6, and the 4 t are worth 4 USD/t to Y.
    assert effects["in turn", "X > Y", "X", "X"] == pytest.approx(12)
    assert effects["in turn", "X > Y", "X", "Y"] == pytest.approx(-16)
    assert effects["in turn", "Y > X", "X", "X"] == pytest.approx(0)
    assert effects["alone", "", "X", "X"] == pytest.approx(12)
    assert effects["joint", "", "X", "X"] == pytest.approx(0)
    assert effects["joint", "", "X", "Y"] == pytest.approx(0)


def test_the_command_prints_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two_buyers().write(tmp_path / "case")
    (tmp_path / "rules.toml").write_text(
        '[[policy]]\nkind = "share_cap"\nby = "country"\nnames = ["CHN"]\nshare = 0.5\n'
        'stage = "refine"\nbuyer = "X"\n'
    )
    args = ["compete", str(tmp_path / "case"), "--buyers", "Y, X", "--json", "--quiet"]
    assert run([*args, "--policies", str(tmp_path / "rules.toml"), "--no-effects"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "optimal"
    assert answer["buyers"] == ["Y", "X"]
    found = {(r["mode"], r["order"], r["buyer"]): r["cost"] for r in answer["table"]}
    # Y first takes 8 t; X keeps half of its 6 t from China where it can.
    assert found["in turn", "Y > X", "X"] == pytest.approx(2 * 11 + 4 * 14)
    assert found["alone", "", "X"] == pytest.approx(3 * 11 + 3 * 14)
    assert answer["effects"] == []
    assert run(["compete", str(tmp_path / "case"), "--buyers", "X", "--json", "-q"]) == 2
    assert "one buyer has no rival" in capsys.readouterr().out


def test_a_policy_for_every_buyer_counts_for_each_alone() -> None:
    both = dv.compete(two_buyers(), policies=[CAP], effects=False)
    assert cost(both, mode="alone") == {
        "X": 2 * 11 + 4 * 14,
        "Y": pytest.approx(8 / 3 * 10 + 16 / 3 * 14),
    }
    assert [p.name for p in both.policies["X"]] == ["less China of X"]
    assert set(both.table["without"]) == {""}


def test_nothing_that_is_taken_is_used_again() -> None:
    found = dv.compete(two_buyers(periods=2))
    first, second = (found.plans["in turn", "X > Y", "", buyer] for buyer in "XY")
    used = [usage(plan).sites for plan in (first, second)]
    assert used[0] == {("Cheap", t): pytest.approx(6) for t in (0, 1)}
    assert used[1]["Cheap", 0] == pytest.approx(4)
    assert sum(u["Cheap", 1] for u in used) == pytest.approx(10)


def test_who_finds_nothing_left_is_infeasible_and_stops_nobody() -> None:
    case = two_buyers()
    sites = case.raw("sites")
    sites.loc[sites["site"] == "Dear", "capacity"] = 3
    found = dv.compete(case.with_table("sites", sites), orders="all")
    table = found.table.set_index(["mode", "order", "buyer"])
    assert table.loc[("in turn", "X > Y", "Y"), "status"] == "infeasible"
    assert pd.isna(table.loc[("in turn", "X > Y", "Y"), "cost"])
    assert table.loc[("in turn", "Y > X", "X"), "status"] == "infeasible"
    assert table.loc[("joint", "", "X"), "status"] == "infeasible"
    assert table.loc[("alone", "", "Y"), "cost"] == pytest.approx(80)
    assert ("joint", "", "", "") not in found.plans


def test_quotas_and_trade_measures_are_shared_by_the_turns() -> None:
    quota = {"measure": "quota", "kind": "export_quota", "origin": "CHN", "quantity": 7,
             "unit": "t", "per": "year", "since": "2020"}  # fmt: skip
    case = two_buyers().with_table("measures", pd.DataFrame([quota]))
    found = dv.compete(case, orders=[["Y", "X"]])
    assert cost(found, mode="in turn", order="Y > X") == {"Y": 7 * 10 + 14, "X": 6 * 14}
    limits = usage(found.plans["in turn", "Y > X", "", "Y"]).limits
    assert limits == {("quota", 0): pytest.approx(7)}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"buyers": ["X"]}, "one buyer has no rival"),
        ({"buyers": ["X", "Z"]}, "no such buyer"),
        ({"orders": [["X"]]}, "does not name each buyer once"),
        ({"orders": [["X", "X"]]}, "does not name each buyer once"),
        ({"policies": {"Z": [CAP]}}, "none of the buyers"),
        ({"policies": [dv.SpendCap(limit=5)]}, "cannot be a policy of X alone"),
        ({"policies": {"X": [CAP.model_copy(update={"buyer": "Y"})]}}, "of X alone"),
    ],
)
def test_what_is_asked_wrongly_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(dv.InputError, match=said):
        dv.compete(two_buyers(), **given)


def rivals_of_tiny() -> dv.Case:
    """The tiny case with a second buyer, in Japan, of half the demand."""
    case = tiny_case()
    tables = {name: case.raw(name) for name in case.tables}
    for name, column in (
        ("buyers", "buyer"),
        ("demand", "buyer"),
        ("shortages", "buyer"),
        ("stocks", "buyer"),
        ("lanes", "destination"),
    ):
        rows = tables[name]
        more = rows[rows[column] == "Works"].copy()
        more[column] = "Shop"
        if name == "buyers":
            more["country"] = "JPN"
        if name == "demand":
            more["quantity"] /= 2
        tables[name] = pd.concat([rows, more], ignore_index=True)
    return dv.Case.from_frames(case.settings, tables)


def test_accounts_add_up_to_the_expected_cost() -> None:
    case = rivals_of_tiny()
    plan = dv.solve(case)
    found = accounts(plan)
    assert sum(a.cost for a in found.values()) == pytest.approx(plan.objective, rel=1e-9)
    # Both buyers have the same lanes, prices and risks; the second needs half as much.
    assert all(a.lost <= a.cost and 0 <= a.shortage < 1 for a in found.values())
    assert found["Works"].demand == 8
    assert found["Shop"].demand == 4
    alone = dv.solve(case, buyer="Shop")
    assert accounts(alone)["Shop"].cost == pytest.approx(alone.objective, rel=1e-9)


def test_joint_products_share_their_cost_by_value() -> None:
    # A tonne of ore (5 USD) gives 0.5 t of A at 30 USD/t and 0.5 t of B at 10 USD/t.
    case = small_case(
        commodities=[
            {"commodity": "ore", "material": "A", "price": 5},
            {"commodity": "a", "material": "A", "price": 30},
            {"commodity": "b", "material": "B", "price": 10},
        ],
        contents=[
            {"commodity": "ore", "material": "A", "content": 0.5},
            {"commodity": "ore", "material": "B", "content": 0.5},
        ],
        buyers=[{"buyer": "X", "country": "DEU"}, {"buyer": "Y", "country": "JPN"}],
        sites=[
            {"site": "Mine", "stage": "mine", "cost": 5, "capacity": 100},
            {"site": "Plant", "cost": 3, "capacity": 100},
        ],
        recipes=[
            {"site": "Mine", "commodity": "ore"},
            {"site": "Plant", "direction": "input", "commodity": "ore"},
            {"site": "Plant", "commodity": "a", "amount": 0.5},
            {"site": "Plant", "commodity": "b", "amount": 0.5},
        ],
        lanes=[
            {"origin": "Mine", "destination": "Plant", "commodity": "ore", "freight": 2},
            {"origin": "Plant", "destination": "X", "commodity": "a", "freight": 1},
            {"origin": "Plant", "destination": "Y", "commodity": "b", "freight": 4},
        ],
        demand=[
            {"buyer": "X", "commodity": "a", "quantity": 5},
            {"buyer": "Y", "commodity": "b", "quantity": 5},
        ],
    )
    found = accounts(dv.solve(case))
    # 10 t of ore cost 10 (5 + 2 + 3) USD; 150 USD of A and 50 USD of B leave.
    assert found["X"].cost == pytest.approx(5 * 1 + 100 * 3 / 4)
    assert found["Y"].cost == pytest.approx(5 * 4 + 100 / 4)


def test_the_rows_of_what_is_taken() -> None:
    taken = Taken(
        sites=(("Mine C", 0, 15.0), ("Ref E", 1, 9.0), ("Nowhere", 0, 1.0)), buyers=("Shop",)
    )
    assert policy_rows(tiny_case(), taken) == [
        # Ore that leaves the mine, of 20 t; 15 t are gone.
        "plan.'taken by Shop'[site,Mine C,0]: +1 plan.book[Mine C>Ref C:ore,0] "
        "+1 plan.book[Mine C>Ref E:ore,0] <= 5",
        # 2 t of ore are a tonne of activity, of 5 t; no more than all of it can be gone.
        "plan.'taken by Shop'[site,Ref E,1]: +0.5 plan.book[Mine A>Ref E:ore,1] "
        "+0.5 plan.book[Mine C>Ref E:ore,1] <= 0",
    ]


def test_flex_does_not_reach_what_others_took() -> None:
    case = rivals_of_tiny()
    lanes = case.raw("lanes")
    lanes["flex"] = 1.0
    flexible = case.with_table("lanes", lanes)
    taken = Taken(sites=(("Mine C", 0, 15.0), ("Ref E", 1, 4.0)), buyers=("Shop",))
    rows = policy_rows(flexible, taken)
    held = [row for row in rows if row.startswith("ops.")]
    assert [row.split(":", 1)[0] for row in held] == [
        "ops.'taken by Shop' used[Mine C,0]",
        "ops.'taken by Shop' used[Ref E,1]",
    ]
    # What is left of the available capacity: 5 t of Mine C, 1 t of Ref E.
    assert "5*data.avail" in held[0]
    assert held[1].endswith("<= 1")


@pytest.mark.slow
def test_friend_shoring_of_one_bloc_moves_the_others_on_rare_earths() -> None:
    case = dv.example("rare-earths")
    friends = dv.ShareCap(
        by="country", names=["CHN"], share=0.5, stage="refine", foreign_only=True, name="friends"
    )
    buyers = ["EU27", "JPN", "USA"]
    begin = time.process_time()
    found = dv.compete(case, buyers, policies={"EU27": [friends]}, scenarios=10, seed=1)
    # On a quiet core; the clock on the wall says more where others work too.
    assert time.process_time() - begin < 60
    assert set(found.table["status"]) == {"optimal"}
    effects = found.effects.set_index(["mode", "of", "buyer"])["cost"]
    scale = found.table["cost"].max()
    # A rule costs who keeps it; alone it touches nobody else.
    assert effects["alone", "EU27", "EU27"] > 0
    assert effects["alone", "EU27", "JPN"] == pytest.approx(0, abs=1e-6 * scale)
    # First come, the EU pays the same whether others follow or not.
    assert effects["in turn", "EU27", "EU27"] == pytest.approx(
        effects["alone", "EU27", "EU27"], rel=1e-6
    )
    # All together pay more under the rule than without it, to the gap of the solves.
    joint = effects["joint"].sum()
    assert joint > -1e-5 * scale
    shares = found.shares
    mine = shares[(shares["without"] == "") & (shares["buyer"] == "EU27")]
    assert (mine[mine["country"] == "CHN"]["share"] <= 0.5 + 1e-6).all()
