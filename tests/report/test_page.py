"""The page says what the plan is, safely, and nothing that it is not."""

from __future__ import annotations

import dataclasses
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from report_pages import CRUEL, cruel_plan, inside, solved

import diversify as dv
from diversify.cli import main
from diversify.errors import InputError
from diversify.report.page import page, write_page
from diversify.report.sources import provenance
from diversify.report.tables import as_csv
from diversify.report.words import answer, caveats, proof
from diversify.testing import tiny_case


def text_of(page: str) -> str:
    """The words of a page, without scripts and marks."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", bare)))


def changed(plan: dv.Plan, tables: dict[str, pd.DataFrame] | None = None, **record: Any) -> dv.Plan:
    own = {name: plan.table(name) for name in plan.tables} | (tables or {})
    return dv.Plan(plan.case, plan.policies, dataclasses.replace(plan.record, **record), own)


@pytest.fixture(scope="module")
def written(plan: dv.Plan) -> str:
    return page((plan,))


def test_the_first_screen_says_what_to_buy_hold_pay_and_fear(plan: dv.Plan) -> None:
    from diversify.report.flows import flows

    said = dict(answer(plan, flows(plan.case, plan.portfolio)))
    assert list(said) == ["What to buy", "What to hold", "What it costs", "How safe it is"]
    bought_t = plan.portfolio[plan.portfolio["destination"] == "Works"]["tonnes"].sum()
    assert said["What to buy"].startswith(f"Buy {bought_t:.3g} t of oxide (")
    assert "from China" in said["What to buy"]
    assert said["What to hold"].startswith("Hold no stock")
    assert f"{plan.objective:.3g} USD" in said["What it costs"]
    assert "in the worst 10 % of cases (limit 20 %)" in said["How safe it is"]


def test_stocks_are_said_in_days_and_tonnes(plan: dv.Plan) -> None:
    from diversify.report.flows import flows

    stocks = plan.stocks
    stocks.loc[0, ["tonnes", "days"]] = [1.25, 114.06]
    held = changed(plan, {"stocks": stocks})
    said = dict(answer(held, flows(held.case, held.portfolio)))["What to hold"]
    assert said == "Hold stocks of oxide (114 days of use, 1.25 t)."


def test_all_of_it_stands_on_the_page(plan: dv.Plan, written: str) -> None:
    text = text_of(written)
    proven, words = proof(plan)
    assert proven
    assert words in text
    for policy in plan.policies:
        assert policy.sentence() in text
    for digest in plan.record.digests.values():
        assert digest in text
    assert "nan" not in text.lower().split()


def test_a_page_is_small_and_needs_nothing_from_elsewhere(written: str) -> None:
    assert len(written.encode()) < 6_000_000
    assert not re.search(r"<(?:link|img|iframe|script)\b[^>]*\b(?:src|href)=", written)
    assert "default-src 'none'" in written
    assert not re.search(r"@import|url\(", written.split('id="library"')[0])


def test_the_same_plan_gives_the_same_page(plan: dv.Plan, written: str) -> None:
    again = changed(solved(), seconds=plan.record.seconds)
    assert page((again,)) == written


def test_a_plan_that_is_not_proven_is_loud_and_its_warnings_are_shown(plan: dv.Plan) -> None:
    stopped = changed(
        plan,
        status="stopped",
        point="feasible",
        certificate=None,
        reason="time limit",
        warnings=tuple(f"doubt {i}" for i in range(7)),
    )
    written = page((stopped,))
    assert all(f"doubt {i}" in text_of(written) for i in range(7))
    assert "3 more remarks" in text_of(written)
    assert re.search(r'<p class="caveat bad" role="alert"><strong>Not proven', written)
    assert "the solver stopped (time limit), the plan is feasible" in text_of(written)
    assert "Proven: no plan" not in text_of(written)
    assert caveats(stopped, "0")[0].tone == "bad"


def test_risk_beyond_its_limit_in_fresh_scenarios_is_said(plan: dv.Plan) -> None:
    risk = plan.risk
    risk.loc[0, ["limit", "out_of_sample", "low", "high"]] = [0.1, 0.3, 0.2, 0.4]
    found = [c.text for c in caveats(changed(plan, {"risk": risk}, out_of_sample=500), "0")]
    name = risk.loc[0, "budget"]
    assert (
        f"“{name}” is above its limit of 10 %: in 500 fresh scenarios it is 30 % "
        "(95 % interval 20 % to 40 %)." in found
    )
    risk.loc[0, "low"] = 0.05
    found = [c.text for c in caveats(changed(plan, {"risk": risk}, out_of_sample=500), "0")]
    assert any("may be above its limit" in text for text in found)


def test_another_version_and_unchecked_draws_are_said(plan: dv.Plan) -> None:
    old = changed(plan, versions={**plan.record.versions, "diversify": "0.0.1"}, seed=3)
    found = " ".join(c.text for c in caveats(old, "9.9"))
    assert "made by diversify 0.0.1; this page by 9.9" in found
    assert "not checked in fresh ones" in found


def test_example_data_cannot_be_mistaken_for_advice() -> None:
    found = provenance(dv.example("rare-earths"))
    assert found.illustrative
    # Counted by hand from the bundled tables: the one row that is marked as verified.
    total = sum(
        len(dv.example("rare-earths").raw(name))
        for name in dv.example("rare-earths").tables
        if name not in ("sources", "scenarios")
    )
    assert found.stamp.startswith(f"Illustrative, not advice: {total - 1} of {total} rows")
    assert "USGS-MCS2026" in found.stamp
    assert found.stamp.endswith("2010 to 2025.")
    assert provenance(tiny_case()).stamp.startswith("Illustrative: none of the")


def test_the_stamp_stands_on_the_page_and_on_every_printed_one(written: str) -> None:
    assert '<p class="stamp loud">Illustrative' in written
    assert re.search(r'@bottom-left \{ content: "Illustrative\\00003a ', written)


def test_names_from_the_input_stay_text() -> None:
    written = page((cruel_plan(),))
    # Two scripts of the page itself, and two that hold data; a name adds none.
    assert len(re.findall(r"<script\b", written)) == 4
    assert not re.search(r"<img|alert\(1\)</", written)
    assert html.escape(CRUEL) in written
    sections = inside(written)["plans"][0]
    drawn = json.dumps(
        [(v["data"], v["layout"]) for s in sections.values() for v in s["views"].values()]
    )
    # Plotly reads some HTML in its texts: there a name is written with entities.
    assert "<script" not in drawn
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in drawn


def test_every_table_of_the_plan_can_be_taken_away(plan: dv.Plan, written: str) -> None:
    tables = dict(inside(written)["tables"][0])
    assert set(tables) == {name for name in plan.tables if len(plan.table(name))}
    back = pd.read_csv(io.StringIO(tables["portfolio"]), dtype={"period": str})
    pd.testing.assert_frame_equal(back, plan.portfolio, check_dtype=False)
    for name in tables:
        assert f'data-table="0/{name}"' in written


def test_no_cell_that_is_taken_away_runs_as_a_formula() -> None:
    frame = pd.DataFrame({"=name": ["=1+1", "+1", "-1", "@x", "\tx", "plain"], "t": -1.5})
    lines = as_csv(frame).splitlines()
    assert lines[0] == "'=name,t"
    assert [line[0] for line in lines[1:]] == ["'"] * 5 + ["p"]
    assert all(line.endswith(",-1.5") for line in lines[1:])


def test_two_plans_of_one_case_stand_side_by_side(plan: dv.Plan, free: dv.Plan) -> None:
    written = page((free, plan), ("free", "capped"))
    data = inside(written)
    assert len(data["plans"]) == 2
    rows = dict(data["tables"][2])["differences"].splitlines()
    assert rows[0] == "figure,unit,free,capped,difference"
    total = next(line for line in rows if line.startswith("cost: total")).split(",")
    assert float(total[4]) == pytest.approx(plan.objective - free.objective)
    # The second plan's shares stand beside those of the first.
    view = next(iter(data["plans"][1]["shares"]["views"].values()))
    assert view["columns"][3] == "free"
    assert "<h2>free</h2>" in written


def test_plans_of_different_cases_are_refused_with_their_digests(plan: dv.Plan) -> None:
    other = dv.solve(tiny_case(name="other"))
    with pytest.raises(InputError) as caught:
        page((plan, other))
    text = str(caught.value)
    assert plan.record.digests["case"] in text
    assert other.record.digests["case"] in text


def test_a_file_that_is_there_is_kept_unless_forced(
    plan: dv.Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diversify.report.page.page", lambda *_, **__: "the page")
    path = tmp_path / "deep" / "report.html"
    assert plan.report(path) == path
    with pytest.raises(InputError, match="a file is there already"):
        plan.report(path)
    with pytest.raises(InputError, match="a folder is there already"):
        plan.report(tmp_path, force=True)
    assert plan.report(path, force=True).read_text("utf-8") == "the page"
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


def test_a_page_that_cannot_be_written_leaves_nothing(
    plan: dv.Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError("full")

    monkeypatch.setattr("diversify.report.page.page", lambda *_, **__: "the page")
    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="full"):
        write_page((plan,), tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def saved(plan: dv.Plan, free: dv.Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plans")
    plan.save(folder / "capped")
    free.save(folder / "free")
    return folder


def test_the_command_writes_the_page(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    swept = tmp_path / "frontier"
    swept.mkdir()
    points = pd.DataFrame(
        {"level": [1.0, 0.5], "status": ["optimal", "infeasible"], "objective": [7.0, None]}
    )
    points.to_csv(swept / "points.csv", index=False)
    (swept / "frontier.json").write_text('{"policy": "cap"}', "utf-8")
    out = tmp_path / "r.html"
    given = ["report", str(saved / "free"), str(saved / "capped"), "-o", str(out)]
    assert main([*given, "--frontier", str(swept), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["status"] == "written"
    assert said["saved"] == str(out)
    assert said["bytes"] == out.stat().st_size
    written = out.read_text("utf-8")
    assert "<h2>free</h2>" in written
    assert "<h2>capped</h2>" in written
    view = inside(written)["plans"][0]["frontier"]["views"][""]
    assert view["rows"] == [[0.5, "infeasible", ""], [1.0, "optimal", 7.0]]


def test_the_command_refuses_what_it_cannot_show(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "r.html"
    out.write_text("mine", "utf-8")
    plan = str(saved / "capped")
    for arguments, said in (
        ([plan, "-o", str(out)], "a file is there already"),
        ([str(saved), "-o", str(out), "--force"], "holds no plan.json"),
        (
            [plan, "-o", str(out), "--force", "--frontier", str(saved)],
            "holds no frontier that can be read",
        ),
    ):
        assert main(["report", *arguments]) == 2
        assert said in capsys.readouterr().err
    assert out.read_text("utf-8") == "mine"


def test_the_command_shows_what_shocks_did(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    played = tmp_path / "stress"
    played.mkdir()
    rows = {"event": ["A-2010", "<b>B</b>"], "plan": ["no rule", "cap"], "score": [0.0, 0.25]}
    pd.DataFrame(rows).to_csv(played / "table.csv", index=False)
    out = tmp_path / "r.html"
    given = ["report", str(saved / "free"), "-o", str(out), "--quiet"]
    assert main([*given, "--stress", str(played)]) == 0
    section = out.read_text("utf-8").split('id="stress"')[1].split("</section>")[0]
    assert "A-2010" in section
    assert "0.25" in section
    assert "&lt;b&gt;B&lt;/b&gt;" in section
    assert "<b>" not in section
    (played / "table.csv").write_text("event,plan\n", "utf-8")
    assert main([*given, "--stress", str(played), "--force"]) == 2
    assert "diversify stress --out" in capsys.readouterr().err
