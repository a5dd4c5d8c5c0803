"""What the battery is run on: each kind of policy, with levels and one for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from counting import four
from emitting import emitting_case

from diversify.case import Case
from diversify.policies import (
    CostBudget,
    Crma,
    EmissionsCap,
    Exclude,
    HhiCap,
    MaxSources,
    MinSources,
    Policy,
    ProducerValueFloor,
    RadioactiveCap,
    ShareCap,
    ShareFloor,
    ShortageBudget,
    SpendCap,
    StockFloor,
    StockNorm,
    SurviveLoss,
    TimeToSurvive,
)


@dataclass(frozen=True)
class Subject:
    """A policy at a level that binds, a level that does not, tighter ones, and one for nothing."""

    policy: Policy
    neutral: float
    tighter: tuple[float, ...]
    nothing: Policy | None = None
    priced: bool = True
    case: Case | None = None


def china(**fields: object) -> ShareCap:
    return ShareCap(**{"by": "country", "names": ["CHN"], "share": 0.5, "period": "each", **fields})


def short(neutral: float, tighter: tuple[float, ...], **fields: Any) -> Subject:
    """A budget on shortage; nothing of the case holds La, so the same one for La is for nothing."""
    return Subject(
        ShortageBudget(**fields), neutral, tighter, ShortageBudget(**{**fields, "material": "La"})
    )


def around(kind: str, radius: float) -> dict[str, str | float]:
    """Distributions near the given one."""
    return {"set": kind, "radius": radius}


SUBJECTS = {
    "share_cap": Subject(
        ShareCap(by="country", share=0.6, stage="refine"), 1, (0.55, 0.5), china(stage="recycle")
    ),
    "share_cap.mine": Subject(
        china(stage="mine", material="Nd", period="horizon"),
        1,
        (0.25, 0),
        china(stage="refine", material="La"),
    ),
    "share_cap.buyer": Subject(
        ShareCap(by="site", share=0.75, stage="refine", buyer="Works", foreign_only=True),
        1,
        (0.5, 0.1),
        ShareCap(by="site", names=["Ref E"], share=0.5, foreign_only=True),
    ),
    "share_floor": Subject(
        ShareFloor(by="domestic", share=0.3, stage="refine"),
        0,
        (0.6, 1),
        ShareFloor(by="country", names=["AUS"], share=0.3, stage="refine"),
    ),
    "share_floor.recycle": Subject(
        ShareFloor(by="stage", names=["recycle"], share=0.1),
        0,
        (0.2, 0.25),
        ShareFloor(by="stage", names=["mine"], share=0.1),
    ),
    "exclude": Subject(
        Exclude(by="country", names=["CHN"], from_period="2027", limit=4),
        100,
        (2, 0),
        Exclude(by="country", names=["CHN"], stage="recycle"),
    ),
    "share_cap.look_through": Subject(
        china(stage="refine", look_through=True),
        1,
        (0.25, 0),
        china(stage="recycle", look_through=True),
    ),
    "share_cap.touched": Subject(
        ShareCap(
            by="country",
            share=0.6,
            stage="refine",
            buyer="Works",
            period="horizon",
            look_through="touched",
        ),
        1,
        (0.55, 0.5),
        china(stage="recycle", look_through="touched"),
    ),
    "share_floor.look_through": Subject(
        ShareFloor(by="country", names=["AUS"], share=0.4, stage="refine", look_through=True),
        0,
        (0.6, 1),
        ShareFloor(by="country", names=["DEU"], share=0.4, stage="refine", look_through=True),
    ),
    "exclude.phase_out": Subject(
        Exclude(
            by="country",
            names=["CHN"],
            stage="refine",
            limit=0.1,
            phase_out={"2026": 0.5, "2027": 0.25},
        ),
        100,
        (0.05, 0),
        Exclude(by="country", names=["CHN"], stage="recycle", phase_out={"2027": 0}),
    ),
    "exclude.look_through": Subject(
        Exclude(
            by="country",
            names=["CHN"],
            stage="refine",
            from_period="2027",
            limit=0.5,
            look_through=True,
        ),
        100,
        (0.2, 0),
        Exclude(by="country", names=["CHN"], stage="recycle", look_through=True),
    ),
    "hhi_cap": Subject(
        HhiCap(by="country", limit=0.6, stage="refine"),
        1,
        (0.55, 0.5),
        HhiCap(by="country", limit=0.6, stage="refine", material="La"),
    ),
    "hhi_cap.look_through": Subject(
        HhiCap(
            by="country",
            limit=0.7,
            stage="refine",
            material="Nd",
            period="horizon",
            look_through=True,
        ),
        1,
        (0.6, 0.5),
        HhiCap(by="country", limit=0.6, stage="refine", material="La", look_through=True),
    ),
    "min_sources": Subject(
        MinSources(by="site", count=2, share=0.2, stage="refine"),
        1,
        (3, 4),
        MinSources(by="site", count=1, stage="mine", names=["A"]),
        priced=False,
        case=four(),
    ),
    "max_sources": Subject(
        MaxSources(by="site", count=2, share=0.05, stage="refine"),
        4,
        (1,),
        MaxSources(by="site", count=1, stage="mine", names=["A"]),
        priced=False,
        case=four(),
    ),
    "spend_cap": Subject(SpendCap(limit=50), 1000, (40, 0)),
    "survive_loss": Subject(
        SurviveLoss(by="country", limit=0.2), 1, (0.1, 0), SurviveLoss(by="corridor")
    ),
    "time_to_survive": Subject(
        TimeToSurvive(days=365, limit=0.2), 1, (0.1, 0), TimeToSurvive(days=365, by="corridor")
    ),
    "stock_floor": Subject(
        StockFloor(days=73), 0, (146, 10_000), StockFloor(days=73, material="La")
    ),
    "stock_norm": Subject(
        StockNorm(days=30, above=0.5),
        0,
        (60, 10_000),
        StockNorm(days=30, material="La"),
        priced=False,
    ),
    "shortage_budget.expectation": short(1, (0.005, 0), measure="expectation", limit=0.01),
    "shortage_budget.cvar": short(
        1, (0.02, 0), measure="cvar", level=0.9, limit=0.05, material="Nd"
    ),
    "shortage_budget.worst": Subject(
        ShortageBudget(measure="worst", limit=0.1, material="all", buyer="Works"),
        1,
        (0.02, 0),
        ShortageBudget(measure="worst", limit=0.1, material="La"),
    ),
    "cost_budget.expectation": Subject(
        CostBudget(measure="expectation", limit=75), 1000, (70, 60), priced=False
    ),
    "cost_budget.cvar": Subject(CostBudget(measure="cvar", level=0.9, limit=150), 1000, (100, 10)),
    "cost_budget.worst": Subject(CostBudget(measure="worst", limit=200), 1000, (120, 10)),
    "cost_budget.chance": Subject(
        CostBudget(measure="chance", level=0.9, limit=150), 1000, (100, 10)
    ),
    "cost_budget.entropic": Subject(
        CostBudget(measure="entropic", aversion=0.02, limit=80), 1000, (75, 10)
    ),
    "shortage_budget.entropic": short(1, (0.02, 0.001), measure="entropic", aversion=4, limit=0.05),
    "shortage_budget.expectation.kl": short(
        1, (0.02, 0.001), measure="expectation", limit=0.05, ambiguity=around("kl", 0.1)
    ),
    "shortage_budget.cvar.chi2": short(
        2, (0.05, 0.001), measure="cvar", level=0.9, limit=0.1, ambiguity=around("chi2", 0.1)
    ),
    "cost_budget.chance.exact": Subject(
        CostBudget(measure="chance", level=0.96, limit=200, most=1000), 1000, (120, 10)
    ),
    "shortage_budget.chance": short(1, (0.02, 0), measure="chance", level=0.96, limit=0.1),
    "shortage_budget.chance.safe": short(
        1, (0.02, 0), measure="chance", level=0.9, limit=0.05, safe=True
    ),
    "shortage_budget.expectation.tv": short(
        1, (0.02, 0), measure="expectation", limit=0.05, ambiguity=around("tv", 0.05)
    ),
    "shortage_budget.cvar.tv": short(
        2, (0.05, 0), measure="cvar", level=0.8, limit=0.1, ambiguity=around("tv", 0.05)
    ),
    "shortage_budget.cvar.wasserstein": short(
        2,
        (0.12, 0.1),
        measure="cvar",
        level=0.9,
        limit=0.15,
        ambiguity=around("wasserstein", 0.01),
    ),
    "emissions_cap": Subject(
        EmissionsCap(limit=30),
        100,
        (25, 10),
        EmissionsCap(limit=30, names=["CHN"], stage="recycle"),
        case=emitting_case(),
    ),
    "emissions_cap.china": Subject(
        EmissionsCap(limit=10, names=["CHN"], stage="refine", period="each"),
        100,
        (5, 0),
        EmissionsCap(limit=10, names=["AUS"], stage="refine"),
        case=emitting_case(),
    ),
    "radioactive_cap": Subject(
        RadioactiveCap(limit=2, period="year"),
        100,
        (1, 0),
        RadioactiveCap(limit=2, names=["DEU"]),
        case=emitting_case(),
    ),
    "producer_value_floor": Subject(
        ProducerValueFloor(share=0.3, names=["DEU"]),
        0,
        (0.6, 1),
        ProducerValueFloor(share=0.3, material="La"),
    ),
    "producer_value_floor.value": Subject(
        ProducerValueFloor(share=0.3, of="value_added", names=["AUS", "DEU"], period="year"),
        0,
        (0.6, 1),
        ProducerValueFloor(share=0.3, material="La"),
    ),
    "crma": Subject(
        Crma(ambition=0.5, extraction=0), 0, (0.75, 1), Crma(ambition=0.5, material="La")
    ),
}
