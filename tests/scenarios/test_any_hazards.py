"""Whatever the hazards are: every generator gives batches that can be, and the same one again."""

from __future__ import annotations

from typing import Any

import numpy as np
from hazarding import hazard, hazard_case
from hypothesis import given, settings
from hypothesis import strategies as st

from diversify.scenarios import antithetic, importance, outages, sobol

NAMES = ("alpha", "beta", "gamma")


@st.composite
def hazards(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    for name in draw(st.sets(st.sampled_from(NAMES), min_size=1)):
        kind = draw(st.sampled_from(("outage", "demand", "price", "export_ban", "licence_delay")))
        by, struck = {"demand": ("commodity", "metal")}.get(kind, ("site", "A"))
        months = draw(st.floats(0.05, 40))
        row = hazard(
            name,
            kind=kind,
            by=by,
            name=struck,
            rate_per_year=draw(st.one_of(st.none(), st.floats(0, 1e-9), st.floats(0.01, 500))),
            duration_months=months,
            shock=draw(st.sampled_from((None, "war"))),
            announced_months=draw(st.sampled_from((None, 2, 7))),
        )
        shape = draw(st.sampled_from(("geometric", "fixed", "exponential", "lognormal", "weibull")))
        row["duration_distribution"] = shape
        if shape in ("lognormal", "weibull"):
            row["duration_sd_months"] = months * draw(st.floats(0.02, 50))
        size = draw(st.sampled_from(("fixed", "uniform", "beta")))
        if size == "uniform":
            low = draw(st.floats(0, 0.9))
            del row["severity"]
            row |= {"severity_low": low, "severity_high": draw(st.floats(low + 0.01, 1.0))}
        elif size == "beta":
            row["severity_sd"] = draw(st.floats(0.001, 0.48))
        rows.append(row)
    return rows


@settings(max_examples=25, deadline=None)
@given(hazards(), st.integers(0, 2**32), st.floats(-0.4, 1.0), st.sampled_from(("gaussian", "t")))
def test_any_hazards_give_batches_that_can_be(
    rows: list[dict[str, Any]], seed: int, rho: float, copula: str
) -> None:
    rated = sorted(row["hazard"] for row in rows if row.get("rate_per_year", 0) > 0)
    war = any("shock" in row for row in rows)
    pairs = [(a, b, rho) for a in rated for b in rated if a < b]
    case = hazard_case(
        *rows,
        shocks=[{"shock": "war", "rate_per_year": 0.5, "probability": 0.7}] if war else (),
        correlations=pairs,
        scenarios={"copula": copula},
    )
    for draw in (outages, sobol, antithetic, *(() if pairs else (importance,))):
        batch = draw(case, 32, seed)
        assert batch == draw(case, 32, seed)
        assert abs(batch.probability.sum() - 1) < 1e-9
        for i, row in enumerate(sorted(rows, key=lambda row: row["hazard"])):
            values = batch.values[:, i]
            rising = row["kind"] in ("demand", "price")
            assert ((values >= 1) if rising else (values >= 0) & (values <= 1)).all()
            if not row.get("rate_per_year", 0) and "shock" not in row:
                assert (values == 1).all()
        calm = (batch.values == 1).all(axis=(1, 2))
        assert (batch.first_news[calm] == case.periods).all()
        at = np.arange(case.periods)
        before = at < batch.first_news[:, None]
        assert (batch.values.transpose(0, 2, 1)[before] == 1).all()
