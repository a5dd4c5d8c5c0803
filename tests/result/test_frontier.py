"""The frontier: each point is the plan of that level, and the command prints the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import diversify as dv
from diversify.cli import main
from diversify.cli.frontier import BLANK, COMMON, parse_levels, parse_policy
from diversify.errors import InputError, NotCertifiedError
from diversify.policies import parse_policies
from diversify.solver.solution import Solution
from diversify.solver.sweep import Sweep
from diversify.testing import tiny_case

OPEN = dv.ShareCap(by="country", stage="refine")


def test_each_point_is_the_plan_of_its_level() -> None:
    case, levels = tiny_case(), [0.6, 1.0, 0.8]
    found = dv.frontier(case, OPEN, levels=levels)
    assert found.points["level"].tolist() == levels
    for level, plan, row in zip(levels, found.plans, found.points.itertuples(), strict=True):
        assert plan is not None
        alone = dv.solve(case, OPEN.with_level(level))
        assert plan.policies == alone.policies
        assert plan.objective == pytest.approx(alone.objective, rel=2e-6)
        assert plan.record.digests == alone.record.digests
        assert (row.status, row.point) == ("optimal", "certified")
        assert row.objective == plan.objective
        assert plan.certificate is not None
        assert plan.certificate.ok


def test_prices_are_the_slopes_of_the_frontier() -> None:
    # The oracle of first-steps: cost falls by 5 USD per unit of share between 1 and 0.5.
    found = dv.frontier(dv.example("first-steps"), OPEN.model_copy(update={"stage": None}),
                        levels=[0.9, 0.7])  # fmt: skip
    a, b = found.points["objective"]
    assert (b - a) / (0.7 - 0.9) == pytest.approx(-5.0, rel=1e-9)
    assert found.points["price"].tolist() == pytest.approx([-5.0, -5.0], rel=1e-9)


def test_levels_without_a_plan_are_points() -> None:
    cap = dv.ShareCap(by="country")
    found = dv.frontier(dv.example("first-steps"), cap, levels=[0.2, 0.5])
    assert found.points["status"].tolist() == ["infeasible", "optimal"]
    assert found.points["point"].tolist() == ["none", "certified"]
    assert found.plans[0] is None
    assert found.check is not None
    assert found.check.level == 0.5
    assert dv.frontier(dv.example("first-steps"), cap, levels=[0.2]).check is None


def test_the_case_s_own_policies_count_when_one_of_them_is_named() -> None:
    case = dv.example("first-steps")
    name = case.policies[0]["name"]
    found = dv.frontier(case, name, levels=[0.9])
    assert found.points["objective"].tolist() == pytest.approx([10.5])
    # Beside it, the case's own cap of 0.65 binds whatever the other allows.
    both = dv.frontier(case, dv.ShareCap(by="country"), levels=[0.9], case_policies=True)
    assert both.points["objective"].tolist() == pytest.approx([11.75])


def test_a_cold_solve_that_disagrees_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    cold = Sweep.cold

    def wrong(self: Sweep, level: Any) -> Solution:
        found = cold(self, level)
        return replace(found, objective=found.objective - 1.0, bound=found.bound - 1.0)

    monkeypatch.setattr(Sweep, "cold", wrong)
    with pytest.raises(NotCertifiedError, match="contradict"):
        dv.frontier(tiny_case(), OPEN, levels=[0.8])


@pytest.mark.parametrize(
    ("policy", "levels", "message"),
    [
        (OPEN, [65], "did you mean 0.65"),
        (OPEN, [float("nan")], "no finite number"),
        (OPEN, [], "no level"),
        ("nobody", [0.5], "no policy of this name"),
        (dv.StockFloor(), [-1.0], "greater than or equal to 0"),
    ],
)
def test_levels_and_names_that_mean_nothing_are_refused(
    policy: Any, levels: list[float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        dv.frontier(tiny_case(), policy, levels=levels)


def test_all_bad_levels_are_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        dv.frontier(tiny_case(), OPEN, levels=[65, 0.5, -1])
    assert [finding.value for finding in caught.value.findings] == ["65", "-1"]


@pytest.mark.parametrize(
    "policy",
    [
        OPEN,
        dv.ShareFloor(by="domestic"),
        dv.StockFloor(),
        dv.SpendCap(),
        dv.ShortageBudget(measure="worst"),
        dv.CostBudget(measure="worst"),
    ],
)
def test_only_a_frontier_takes_a_policy_without_its_level(policy: Any) -> None:
    assert policy.open
    assert not policy.with_level(0.5).open
    with pytest.raises(InputError, match=f"it has no {policy.level_field}"):
        dv.solve(tiny_case(), policy)
    given = policy.model_dump(by_alias=True, exclude={policy.level_field}, exclude_defaults=True)
    fields = {"kind": policy.kind, **given}
    with pytest.raises(InputError, match="Field required"):
        parse_policies([fields])
    assert parse_policies([fields], level_needed=False)[0] == policy


def test_what_the_options_stand_for() -> None:
    assert parse_levels("1:0.5:3") == [1.0, 0.75, 0.5]
    assert parse_policy("kind=share_cap,by=country,stage=refine") == OPEN
    assert parse_policy("kind=share_cap,by=country,names=[CHN,RUS],foreign_only=true") == (
        dv.ShareCap(by="country", names=("CHN", "RUS"), foreign_only=True)
    )
    assert parse_policy("at most 65 % from one country") == "at most 65 % from one country"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["frontier", "first-steps", "--quiet", *arguments])
    return code, capsys.readouterr().out


BY_COUNTRY = ("--policy", "kind=share_cap,by=country", "--no-policies")


def test_the_command_prints_points_with_the_common_keys(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "swept"
    code, text = run(
        capsys, *BY_COUNTRY, "--levels", "1,0.8,0.2", "--json", "--out", str(out)
    )  # fmt: skip
    found = json.loads(text)
    assert code == 0
    assert set(found) == set(BLANK)
    assert [point["level"] for point in found["points"]] == [1.0, 0.8, 0.2]
    keys = {"level", "levels", "value_added", "smallest", "sentence", *COMMON}
    assert all(set(point) == keys for point in found["points"])
    assert [point["objective"] for point in found["points"]] == [10.0, 11.0, None]
    assert [point["status"] for point in found["points"]] == ["optimal", "optimal", "infeasible"]
    assert json.loads((out / "frontier.json").read_text(encoding="utf-8")) == found
    assert dv.read_plan(out / "plans" / "002").objective == 11.0
    assert sorted(p.name for p in (out / "plans").iterdir()) == ["001", "002"]


def test_the_command_shows_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = run(capsys, *BY_COUNTRY, "--levels", "1:0.5:3")
    assert code == 0
    assert "11.25 USD" in text
    assert "Solved again from nothing" in text


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((*BY_COUNTRY, "--levels", "0.2,0.1"), 3),
        ((*BY_COUNTRY, "--levels", "1:2"), 2),
        ((*BY_COUNTRY, "--levels", "a"), 2),
        ((*BY_COUNTRY, "--levels", "65"), 2),
        (("--policy", "kind=share_cap,by", "--levels", "1"), 2),
        (("--policy", "at most 65 % from one country", "--levels", "1"), 0),
    ],
)
def test_the_exit_code(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int
) -> None:
    assert run(capsys, *arguments)[0] == code
