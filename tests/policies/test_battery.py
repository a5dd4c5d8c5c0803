"""Every kind of policy passes the battery, and the battery fails what it should fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from subjects import SUBJECTS

from diversify.formulation import Build
from diversify.interfaces import PlanView
from diversify.policies import (
    Policy,
    ShareCap,
    SpendCap,
)
from diversify.policies.reading import KINDS
from diversify.risk.base import MEASURES
from diversify.testing import check_policy, policy_rows, tiny_case, trial

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_battery(name: str) -> None:
    subject = SUBJECTS[name]
    check_policy(
        subject.policy,
        golden=(GOLDEN / f"{name}.txt").read_text(encoding="utf-8"),
        neutral=subject.neutral,
        tighter=subject.tighter,
        nothing=subject.nothing,
        priced=subject.priced,
        case=subject.case,
    )


def test_every_kind_and_every_measure_has_a_golden_file() -> None:
    found = {path.stem for path in GOLDEN.glob("*.txt")}
    budgets = {"shortage_budget", "cost_budget"}
    needed = {kind for kind in KINDS if kind not in budgets}
    needed |= {f"{kind}.{measure}" for kind in budgets for measure in MEASURES}
    assert needed <= found
    assert found == set(SUBJECTS)
    assert {SUBJECTS[name].policy.kind for name in found} == set(KINDS)


def failures(policy: Policy, subject: str = "share_cap", **changes: object) -> str:
    """What the battery says about a policy."""
    usual = SUBJECTS[subject]
    given: dict[str, object] = {
        "golden": (GOLDEN / f"{subject}.txt").read_text(encoding="utf-8"),
        "neutral": usual.neutral,
        "tighter": usual.tighter,
        "nothing": usual.nothing,
        **changes,
    }
    with pytest.raises(AssertionError) as caught:
        check_policy(policy, **given)  # type: ignore[arg-type]
    return str(caught.value)


def test_the_battery_sees_rows_that_differ() -> None:
    usual = SUBJECTS["share_cap"].policy
    assert "rows: they are not the expected ones" in failures(usual.with_level(0.7))


class MeasuresHalf(ShareCap):
    def measure(self, view: PlanView) -> dict[str, float]:
        return {label: value / 2 for label, value in super().measure(view).items()}


class MeasuresTwice(ShareCap):
    def measure(self, view: PlanView) -> dict[str, float]:
        return {label: value * 2 for label, value in super().measure(view).items()}


class Backwards(ShareCap):
    def constrain(self, build: Build) -> None:
        super(Backwards, self.with_level(1.25 - self.share)).constrain(build)


class BookedTwice(ShareCap):
    def constrain(self, build: Build) -> None:
        super().constrain(build)
        book = build.model.plan.book
        if self.name in build.levels:
            rule = lambda _: sum(book.values()) >= 50  # noqa: E731
            build.add_rows("plan", self.name, ["more"], rule, tag=" more")


class LevelAsNumber(ShareCap):
    def constrain(self, build: Build) -> None:
        build.level(self.name, self.share)
        rows = self.share_rows(build.network)
        plan, level = build.model.plan, self.share
        build.add_rows(
            "plan",
            self.name,
            [row.index for row in rows],
            lambda material, stage, country, period: (
                sum(
                    plan.book[lane, t]
                    for row in rows
                    if row.index == (material, stage, country, period)
                    for lane in row.lanes
                    for t in row.periods
                )
                <= level * plan.volume[stage, material, int(period) - 2026]
            ),
        )


class IgnoresUnknownNames(ShareCap):
    def constrain(self, build: Build) -> None:
        if set(self.names) <= {"CHN", "DEU", "AUS"}:
            super().constrain(build)
        else:
            build.level(self.name, self.share)


class IgnoresNothing(ShareCap):
    def constrain(self, build: Build) -> None:
        super(IgnoresNothing, self.model_copy(update={"allow_empty": True})).constrain(build)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (MeasuresHalf, "faces: the level 0.6 has a price, and the plan measures 0.3"),
        (MeasuresTwice, "faces: Nd at refine from CHN in 2026 measures 1.2"),
        (Backwards, "tightening: from 0.55 to 0.5 the cost falls"),
        (BookedTwice, "neutral: the cost is"),
        (LevelAsNumber, "price: 0.0 says that the cost is at least"),
        (IgnoresUnknownNames, "names: an unknown names is not refused"),
        (IgnoresNothing, "nothing: a policy that matches nothing is not refused"),
        (MeasuresHalf, "TOML: "),
    ],
)
def test_the_battery_sees_a_broken_policy(kind: type[ShareCap], said: str) -> None:
    nothing = kind(by="country", names=["CHN"], share=0.5, stage="recycle")
    policy = kind(by="country", share=0.6, stage="refine")
    assert said in failures(policy, nothing=nothing)


def test_the_battery_asks_for_levels_that_can_fail() -> None:
    usual = SUBJECTS["share_cap"].policy
    assert "no level has a price" in failures(usual.with_level(1), neutral=2, tighter=[])
    assert "are not in order" in failures(usual, tighter=[0.5, 0.55])
    assert "give a policy of this kind that matches nothing" in failures(usual, nothing=None)
    assert "is a spend_cap, not a share_cap" in failures(usual, nothing=SpendCap(limit=1))


def test_the_tiny_case_has_a_hand_calculated_optimum() -> None:
    # 8 a tonne from China (2 * 3.5 + 1), 4 t in both years: 32 + 0.8 * 32 in 95 of 100 cases;
    # under the embargo the second year costs 0.8 * (1 * 60 + 3 * 90) = 264 instead. The next
    # best, 13 a tonne by Mine A, costs 10.4 in the second year; China's last tonne costs
    # 0.95 * 6.4 + 0.05 * 72 = 9.68 there. So nothing is hedged: 32 + 0.95 * 25.6 + 0.05 * 264.
    assert trial(tiny_case(), []).objective == pytest.approx(69.52, rel=1e-12)


def test_policy_rows_leave_out_the_rows_of_the_case() -> None:
    assert policy_rows(tiny_case()) == []
