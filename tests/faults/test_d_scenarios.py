"""Scenarios that are no distribution, or none that was meant: one test for each entry of part D."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from drafting import Draft, place

import diversify as dv
from diversify.errors import InputError
from diversify.jobs import job_scenarios
from diversify.result.summary import summary
from diversify.risk import cvar, expectation, worst
from diversify.scenarios import Scenarios, drawn, listed, sobol
from diversify.testing import small_case

JOINT = "hazard_a,hazard_b,rho\n"


HAZARDS = {
    "ban": "export ban,outage,country,COD,mine,,yes,,0.1,6,1",
    "boom": "boom,demand,buyer,Europe,,metal,,,,,",
}


def fire(draft: Draft, **cells: str) -> Draft:
    """The draft in which the hazard of fire, in row 3, has these cells."""
    head = (draft.folder / "hazards.csv").read_text(encoding="utf-8").splitlines()[0]
    names = [*head.split(","), *(name for name in cells if name not in head.split(","))]
    row = dict.fromkeys(names, "") | {
        "hazard": "fire",
        "kind": "outage",
        "by": "site",
        "name": "Refinery",
        "rate_per_year": "0.05",
        "duration_months": "3",
        "severity": "0.5",
        **cells,
    }
    more = "," * (len(names) - len(head.split(",")))
    lines = [",".join(names), HAZARDS["ban"] + more, ",".join(row.values()), HAZARDS["boom"] + more]
    return draft.write("hazards.csv", "\n".join([*lines, ""]))


def drawing(draft: Draft, *lines: str) -> Draft:
    """The draft without listed scenarios, with more settings of the draws."""
    draft.remove("scenarios.csv")
    return draft.append("case.toml", "", "[scenarios]", *lines)


def test_63_probabilities_that_do_not_add_up_are_refused_with_their_sum(draft: Draft) -> None:
    text = (draft.folder / "scenarios.csv").read_text(encoding="utf-8")
    draft.write("scenarios.csv", text.replace("bad year,0.25", "bad year,0.2500001"))
    found = draft.error("D63")
    assert "1.0000001" in found.message
    assert "never scaled" in found.remedy
    with pytest.raises(InputError, match=r"add up to 1\.0000001"):
        Scenarios(("h",), np.ones((2, 1, 1)), np.array([0.75, 0.2500001]), ("a", "b"))
    # Rounding is no fault.
    Scenarios(("h",), np.ones((10, 1, 1)), np.full(10, 0.1), tuple("abcdefghij"))


def test_64_a_negative_probability_is_refused(draft: Draft) -> None:
    text = (draft.folder / "scenarios.csv").read_text(encoding="utf-8")
    draft.write("scenarios.csv", text.replace("calm,0.75,export", "calm,-0.75,export"))
    found = next(f for f in draft.findings() if f.code == "A11")
    assert place(found) == ("scenarios.csv", 2, "probability", "-0.75")
    with pytest.raises(InputError, match="a probability is negative"):
        Scenarios(("h",), np.ones((2, 1, 1)), np.array([1.5, -0.5]), ("a", "b"))


def test_64_a_probability_of_zero_is_said_and_counts_for_nothing(draft: Draft) -> None:
    draft.append("scenarios.csv", "never,0,export ban,,0", "never,0,fire,,0", "never,0,boom,,5")
    found = draft.warning("D64")
    assert place(found) == ("scenarios.csv", 11, "probability", "0")
    case = draft.case()
    assert listed(case).labels == ("bad year", "calm", "never")
    assert job_scenarios(case, None, None).labels == ("bad year", "calm")


def test_65_no_scenario_is_refused(draft: Draft) -> None:
    draft.write("scenarios.csv", "scenario,probability,hazard,period,value\n")
    assert "A2" in {finding.code for finding in draft.findings()}
    with pytest.raises(InputError, match="there is no scenario"):
        Scenarios(("h",), np.ones((0, 1, 1)), np.zeros(0), ())


def test_65_one_scenario_is_no_uncertainty(draft: Draft) -> None:
    draft.write(
        "scenarios.csv",
        "scenario,probability,hazard,period,value\n"
        + "".join(f"only,1,{hazard},,1\n" for hazard in ("export ban", "fire", "boom")),
    )
    assert "every risk measure equals the mean" in draft.warning("D65").message
    loss, one = np.array([3.0]), np.ones(1)
    assert {m.value(loss, one, 0.9) for m in (cvar, expectation, worst)} == {3.0}


def test_65_one_draw_is_said_where_a_budget_counts_on_more() -> None:
    budget = dv.ShortageBudget(measure="worst", limit=1.0)
    plan = dv.solve(rated(), budget, scenarios=1, seed=1, out_of_sample=0)
    assert any("every risk measure equals the mean" in said for said in plan.record.warnings)


@pytest.mark.parametrize(("value", "remedy"), [("1.5", "0.015"), ("90", "0.9")])
def test_66_an_availability_above_one_is_refused(draft: Draft, value: str, remedy: str) -> None:
    draft.change("scenarios.csv", "bad year,0.25,fire,2,0.5", f"bad year,0.25,fire,2,{value}")
    found = draft.error("D66")
    assert place(found) == ("scenarios.csv", 7, "value", value)
    assert remedy in found.remedy


def test_66_so_it_is_for_every_kind_that_takes_from_supply(draft: Draft) -> None:
    draft.change("hazards.csv", "export ban,outage,country", "export ban,export_ban,country")
    draft.change("scenarios.csv", "bad year,0.25,export ban,,0", "bad year,0.25,export ban,,2")
    assert place(draft.error("D66"))[1:] == (5, "value", "2")


def test_67_what_a_scenario_leaves_out_is_available_only_if_that_is_written(draft: Draft) -> None:
    draft.change("scenarios.csv", "bad year,0.25,fire,2,0.5\n", "")
    found = draft.error("D67")
    assert "fire in period 2" in found.message
    assert 'missing = "available"' in found.remedy
    draft.append("case.toml", "", "[scenarios]", 'missing = "available"')
    batch = listed(draft.case())
    assert batch.values[0, batch.hazards.index("fire")].tolist() == [1, 1, 1, 1]


def test_68_scenarios_are_the_same_in_any_order_of_rows(draft: Draft) -> None:
    before = listed(draft.case())
    head, *rows = (draft.folder / "scenarios.csv").read_text(encoding="utf-8").splitlines()
    rng = np.random.default_rng(1)
    for _ in range(5):
        shuffled = [rows[i] for i in rng.permutation(len(rows))]
        draft.write("scenarios.csv", "\n".join([head, *shuffled, ""]))
        assert listed(draft.case()) == before


def test_68_hazards_are_drawn_the_same_in_any_order_of_rows(draft: Draft) -> None:
    drawing(draft, 'method = "sobol"').change("hazards.csv", "boom,demand,buyer,Europe,,metal,,,,,",
        "boom,demand,buyer,Europe,,metal,,,0.5,6,0.3")  # fmt: skip
    draft.write("correlations.csv", f"{JOINT}fire,boom,0.5\nboom,export ban,0.2\n")
    before = drawn(draft.case(), 64, 3)
    head, *rows = (draft.folder / "hazards.csv").read_text(encoding="utf-8").splitlines()
    draft.write("hazards.csv", "\n".join([head, *reversed(rows), ""]))
    draft.write("correlations.csv", f"{JOINT}export ban,boom,0.2\nboom,fire,0.5\n")
    assert drawn(draft.case(), 64, 3) == before


def test_69_a_label_that_comes_twice_is_refused(draft: Draft) -> None:
    draft.append("scenarios.csv", "calm,0.75,export ban,,1")
    assert place(draft.error("A5"))[:2] == ("scenarios.csv", 11)
    with pytest.raises(InputError, match="labels repeat: a"):
        Scenarios(("h",), np.ones((2, 1, 1)), np.array([0.5, 0.5]), ("a", "a"))


@pytest.mark.parametrize(
    ("rows", "row", "column", "said"),
    [
        ("fire,fire,0.9\n", 2, "rho", "the diagonal is 1"),
        ("fire,export ban,0.5\nexport ban,fire,0.4\n", 3, "rho", "not symmetric"),
        ("fire,boom,0.5\n", 2, "hazard_b", "no rate of its own"),
    ],
)
def test_70_a_matrix_that_is_none_of_correlations_is_refused(
    draft: Draft, rows: str, row: int, column: str, said: str
) -> None:
    draft.write("correlations.csv", JOINT + rows)
    found = draft.error("D70")
    assert (found.row, found.column) == (row, column)
    assert said in found.message


def contradicting(draft: Draft) -> Draft:
    draft.change("hazards.csv", "boom,demand,buyer,Europe,,metal,,,,,",
        "boom,demand,buyer,Europe,,metal,,,0.5,6,0.3")  # fmt: skip
    return draft.write(
        "correlations.csv", f"{JOINT}fire,boom,1\nboom,export ban,1\nfire,export ban,0\n"
    )


def test_70_correlations_that_contradict_each_other_are_refused_with_the_eigenvalue(
    draft: Draft,
) -> None:
    found = contradicting(draft).error("D70")
    # Eigenvalues of 1 + adjacency of a path of three: 1 - sqrt 2 is the smallest.
    assert f"{1 - 2**0.5:.6g}" in found.message
    assert 'repair = "nearest"' in found.remedy


def test_70_they_are_repaired_where_that_is_written_with_the_distance(draft: Draft) -> None:
    contradicting(draft).append("case.toml", "", "[scenarios]", 'repair = "nearest"')
    # Higham 2002: 0.5278.
    message = draft.warning("D70").message
    assert float(message.split("a distance of ")[1].split()[0]) == pytest.approx(0.5278, abs=5e-5)


def test_71_rates_and_chances_out_of_range_are_refused(draft: Draft) -> None:
    found = fire(draft, rate_per_year="-0.05").error("A11")
    assert place(found) == ("hazards.csv", 3, "rate_per_year", "-0.05")
    draft.write("shocks.csv", "shock,rate_per_year,probability\nwar,0.1,1.5\n")
    found = fire(draft, shock="war").error("B30")
    assert (found.file, found.column, found.value) == ("shocks.csv", "probability", "1.5")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("0.05,13,0.5", "lasts 13 months on average and the case 12"),
        ("6,11,0.5", "there 100 % of the time in the long run"),
    ],
)
def test_71_an_outage_that_does_not_end_is_warned_of(draft: Draft, cells: str, said: str) -> None:
    draft.change("hazards.csv", "0.05,3,0.5", cells)
    found = draft.warning("D71")
    assert (found.file, found.row, found.column) == ("hazards.csv", 3, "duration_months")
    assert said in found.message


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"duration_distribution": "lognormal"}, "duration_sd_months", "A8"),
        ({"duration_sd_months": "2"}, "duration_sd_months", "D71"),
        ({"duration_distribution": "weibull", "duration_sd_months": "900"},
         "duration_sd_months", "D71"),
        ({"severity_sd": "0.5"}, "severity_sd", "D71"),
        ({"severity_low": "0.2", "severity_high": "0.6"}, "severity", "D71"),
        ({"severity_low": "0.2"}, "severity_high", "A8"),
        ({"severity": "", "severity_low": "0.6", "severity_high": "0.2"}, "severity_low", "D71"),
        ({"severity": "", "severity_low": "0.5", "severity_high": "1.2"}, "severity_high", "B30"),
        ({"shock": "war"}, "shock", "B39"),
        ({"severity": ""}, "severity", "A8"),
    ],
)  # fmt: skip
def test_71_distributions_that_are_not_complete_or_do_not_exist_are_refused(
    draft: Draft, cells: dict[str, str], column: str, code: str
) -> None:
    found = fire(draft, **cells).error(code)
    assert (found.file, found.row, found.column) == ("hazards.csv", 3, column)


def test_71_a_hazard_of_a_shock_says_how_long_and_how_much_too(draft: Draft) -> None:
    draft.write("shocks.csv", "shock,rate_per_year\nwar,0.1\n")
    fire(draft, shock="war", rate_per_year="", duration_months="", severity="")
    errors = [finding for finding in draft.findings() if finding.severity == "error"]
    assert [finding.column for finding in errors] == ["duration_months", "severity"]
    assert "a hazard with a shock needs it" in errors[0].remedy


def test_71_a_shock_that_no_hazard_belongs_to_is_refused(draft: Draft) -> None:
    draft.write("shocks.csv", "shock,rate_per_year\nwar,0.1\n")
    assert place(draft.error("B39")) == ("shocks.csv", 2, "shock", "war")


def test_71_an_export_ban_strikes_what_leaves_a_country(draft: Draft) -> None:
    fire(draft, kind="export_ban", by="buyer", name="Europe")
    assert place(draft.error("B39")) == ("hazards.csv", 3, "by", "buyer")


def rated() -> dv.Case:
    return small_case(
        periods=4,
        sites=[{"site": s, "cost": c} for s, c in (("A", 1), ("B", 2))],
        lanes=[{"origin": s, "destination": "Works", "commodity": "metal"} for s in "AB"],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": 50}],
        hazards=[
            {"hazard": "stop", "by": "site", "name": "A", "rate_per_year": 0.1,
             "duration_months": 12, "severity": 1},
        ],
    )  # fmt: skip


def test_72_too_few_draws_in_the_tail_are_said_with_the_number() -> None:
    budget = dv.ShortageBudget(measure="cvar", level=0.95, limit=1.0)
    few = dv.solve(rated(), budget, scenarios=100, seed=1, out_of_sample=0)
    (said,) = [text for text in few.record.warnings if "too few" in text]
    # 5 of 100 equally likely draws; 200 make 10.
    assert "are 5 scenarios in effect" in said
    assert "at least 200" in said
    enough = dv.solve(rated(), budget, scenarios=200, seed=1, out_of_sample=0)
    assert not [text for text in enough.record.warnings if "too few" in text]


def test_73_a_number_of_sobol_points_is_rounded_up_only_if_asked(draft: Draft) -> None:
    case = drawing(draft, 'method = "sobol"').case()
    batch = sobol(case, 100, 1)
    assert batch.count == 100
    (said,) = batch.remarks
    assert "not a power of two" in said
    assert "ask for 128" in said
    assert sobol(case, 128, 1).remarks == ()
    draft.append("case.toml", "round_up = true")
    rounded = sobol(draft.case(), 100, 1)
    assert rounded.count == 128
    assert np.array_equal(rounded.values[:100], batch.values)
    plan = dv.solve(draft.case(), scenarios=100, seed=1, out_of_sample=0)
    assert plan.record.scenarios == 128
    assert rounded.remarks[0] in plan.record.warnings


def test_74_a_missing_seed_is_drawn_and_stored_and_draws_the_same_again() -> None:
    plan, other = (dv.solve(rated(), scenarios=30, out_of_sample=0) for _ in range(2))
    seed = plan.record.seed
    assert seed is not None
    assert seed != other.record.seed
    again = dv.solve(rated(), scenarios=30, seed=seed, out_of_sample=0)
    assert again.record.digests == plan.record.digests
    assert summary(plan)["seed"] == seed


def test_76_probabilities_cannot_be_changed_or_counted_twice() -> None:
    batch = drawn(rated(), 8, 1)
    for array in (batch.probability, batch.values):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.5
    with pytest.raises(dataclasses.FrozenInstanceError):
        batch.probability = np.ones(8)  # type: ignore[misc]
    # What is kept, merged or reduced still adds up to 1.
    for other in (batch.possible(), batch.distinct()[0], batch.reduced(2)[0], batch.over(["stop"])):
        assert other.probability.sum() == pytest.approx(1.0, abs=1e-12)
