"""The suites of the benchmarks: what is measured is told right, and kept apart and together."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from checkout import ROOT, python

from benchmarks.figures import Figures, key, stamp
from benchmarks.page import merged
from benchmarks.registry import SUBJECTS
from benchmarks.side_by_side import chapter, differences, section
from benchmarks.works import WORKS, Entry, Work, of_suite, suites

WORK = Work(
    "scale",
    "toy",
    "A toy",
    "toy",
    (Entry("scale_ours", 10, 5), Entry("scale_highs", 10, 5)),
    agree=1e-6,
    published={10: (2.0, "a book")},
)


def figure(subject: str, optimum: float | None, seconds: float, **more: Any) -> dict[str, Any]:
    return {
        "subject": subject, "variant": "", "draws": 10, "seconds": [seconds], "phases": {},
        "sizes": {}, "values": {} if optimum is None else {"optimum": optimum}, "peak": 100.0,
        "stopped": False, "note": "", "limit": 600.0, "stamp": "s", "facts": {"cores": "2"}, **more,
    }  # fmt: skip


def pair(ours: dict[str, Any], peer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"ours": ours, "peer": peer}


def cells(found: dict[str, dict[str, Any]], start: str) -> dict[str, str]:
    """One line of the table, by its headings."""
    rows = [line for line in section(WORK, found) if line.startswith("| ")]
    head, line = rows[0], next(row for row in rows if row.startswith(f"| {start}"))
    both = zip(head.split("|")[1:-1], line.split("|")[1:-1], strict=True)
    return {name.strip(): cell.strip() for name, cell in both}


def test_every_work_names_subjects_of_its_suite_and_problems_that_exist() -> None:
    from benchmarks.problems.catalogue import MAKERS

    known = {subject.name: subject.suite for subject in SUBJECTS}
    names = [(work.suite, work.name) for work in WORKS]
    assert len(set(names)) == len(names)
    for work in WORKS:
        assert {known[entry.subject] for entry in work.entries} == {work.suite}
    for work in of_suite("scale"):
        assert work.problem in {*MAKERS, "rare-earths"}
    assert "scale" in suites()
    assert "case" not in suites()


def test_equal_optima_pass_and_the_ratio_is_that_of_the_seconds() -> None:
    found = pair(figure("scale_ours", 2.0, 0.5), figure("scale_highs", 2.0 + 1e-9, 5.0))
    assert differences(WORK, found) == []
    peer = cells(found, "HiGHS")
    assert peer["times ours"] == "10.0"
    assert (peer["optimum"], peer["difference"]) == ("2.000000", "3.3e-10")
    assert "cuts" not in peer  # nobody has any
    assert cells(found, "a book")["difference"] == "0.0e+00"


def test_a_peer_that_differs_is_told() -> None:
    found = pair(figure("scale_ours", 2.0, 0.5), figure("scale_highs", 2.1, 5.0))
    assert differences(WORK, found) == ["toy, 10 draws: 2.0 and 2.1"]


def test_a_method_that_is_not_exact_may_differ() -> None:
    entries = (WORK.entries[0], replace(WORK.entries[1], exact=False))
    found = pair(figure("scale_ours", 2.0, 0.5), figure("scale_highs", 2.1, 5.0))
    assert differences(replace(WORK, entries=entries), found) == []
    assert cells(found, "HiGHS")["difference"] == "3.3e-02"


def test_a_published_optimum_that_is_missed_is_told() -> None:
    found = pair(figure("scale_ours", 2.2, 0.5), figure("scale_highs", 2.2, 5.0))
    assert differences(WORK, found) == ["toy: 2.2, but a book: 2.0"]


def test_our_own_failure_is_told_and_that_of_a_peer_is_noted() -> None:
    failed = {"note": "failed: why", "seconds": [], "peak": None}
    found = pair(figure("scale_ours", None, 0.0) | failed, figure("scale_highs", 2.0, 5.0))
    assert differences(WORK, found) == ["toy: ours failed: why"]
    found = pair(figure("scale_ours", 2.0, 0.5), figure("scale_highs", None, 0.0) | failed)
    assert differences(WORK, found) == []
    assert "HiGHS, extensive form from arrays, 10 draws: failed: why." in section(WORK, found)


def test_a_limit_that_was_reached_is_no_figure() -> None:
    # What a stopped peer holds is not an optimum, so it may differ.
    peer = figure("scale_highs", 9.0, 601.0, stopped=True)
    found = pair(figure("scale_ours", 2.0, 0.5), peer)
    assert differences(WORK, found) == []
    peer = cells(found, "HiGHS")
    assert (peer["median s"], peer["times ours"]) == ("> 600", "> 1,200.0")


def test_ours_beyond_its_limit_is_told() -> None:
    ours = figure("scale_ours", None, 0.0, stopped=True)
    found = pair(ours, figure("scale_highs", 2.0, 5.0))
    assert differences(WORK, found) == ["toy, 10 draws: ours needs more than 600 s"]


def test_one_part_of_the_page_is_replaced_and_the_others_stay() -> None:
    page = merged("# Old page\n\ntext\n", "scale", "# Scale\n\none\n")
    assert page.index("# Old page") < page.index("# Scale")
    page = merged(page, "static", "# Static\n")
    page = merged(page, "scale", "# Scale\n\ntwo\n")
    assert "one" not in page
    assert all(word in page for word in ("# Old page", "text", "two", "# Static"))
    again = merged(page, "case", "# New page\n")
    assert "# Old page" not in again
    assert again.index("# New page") < again.index("# Scale")
    assert merged(again, "case", "# New page\n") == again


def test_figures_are_remembered_until_something_changes(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    entry, facts = WORK.entries[1], {"cores": "2", "diversify-supply": "1"}
    mark, name = stamp(WORK, entry, facts, 1), key(entry, 10)
    Figures(path).keep(WORK, name, figure("scale_highs", 2.0, 5.0, stamp=mark))
    found = Figures(path)
    known = found.recall(WORK, name, mark, 600.0)
    assert known is not None
    assert known["values"] == {"optimum": 2.0}
    # Our own version says nothing about other programs; machine and seed do.
    assert stamp(WORK, entry, {**facts, "diversify-supply": "2"}, 1) == mark
    assert stamp(WORK, entry, {**facts, "cores": "4"}, 1) != mark
    assert stamp(WORK, entry, facts, 2) != mark
    assert found.recall(WORK, name, "other", 600.0) is None
    found.prune(WORK, {("scale_highs", ""): "other"})
    assert found.of(WORK) == {}


def test_what_was_stopped_is_tried_again_with_more_time(tmp_path: Path) -> None:
    figures = Figures(tmp_path / "figures.json")
    stopped = figure("scale_highs", None, 600.0, stopped=True)
    figures.keep(WORK, "x", stopped)
    assert figures.recall(WORK, "x", "s", 600.0) is not None
    assert figures.recall(WORK, "x", "s", 601.0) is None
    figures.keep(WORK, "x", {**stopped, "stopped": False, "note": "failed: why"})
    assert figures.recall(WORK, "x", "s", 600.0) is None


def test_a_chapter_leaves_out_what_was_not_measured() -> None:
    text = chapter([WORK], {}, "scale")
    assert "A toy" not in text


def test_doubling_stops_at_the_limit_and_measures_ours_at_the_largest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from benchmarks import suite

    asked: list[tuple[str, int]] = []

    def measured(entry: Entry, repeats: int, options: Any) -> dict[str, Any]:
        asked.append((entry.subject, options.draws))
        stopped = entry.subject == "scale_highs" and options.draws > 40
        return figure(entry.subject, 2.0, 1.0, stopped=stopped)

    monkeypatch.setattr(suite, "_measured", measured)
    work = Work(
        "scale", "toy", "", "toy",
        (Entry("scale_ours", 100, 5), Entry("scale_highs", 10, 5, doubling=True)),
    )  # fmt: skip
    run = suite.Run(suite._parsed("scale", []), Figures(None))
    run.measure(work)
    assert asked == [
        ("scale_ours", 100), ("scale_highs", 10), ("scale_highs", 20), ("scale_highs", 40),
        ("scale_highs", 80), ("scale_ours", 40),
    ]  # fmt: skip
    asked.clear()
    run.measure(work)  # ours is measured anew, the other program is remembered
    assert asked == [("scale_ours", 100), ("scale_ours", 40)]


def test_a_peer_that_is_not_there_is_told_and_not_measured() -> None:
    options = json.dumps({"variant": "lshaped", "draws": 3})
    code = (
        "import os, sys\n"
        "os.environ.pop('DIVERSIFY_MPISPPY_PYTHON', None)\n"
        "from benchmarks.worker import main\n"
        f"main(['scale_mpisppy', '1', {options!r}])\n"
    )
    answer = json.loads(python("-c", code, cwd=ROOT).stdout)
    assert answer["repetitions"] == []
    assert "DIVERSIFY_MPISPPY_PYTHON" in answer["missing"]


@pytest.mark.slow
def test_a_quick_run_of_the_suite_measures_every_work_and_finds_one_optimum(
    tmp_path: Path,
) -> None:
    page = tmp_path / "page.md"
    done = python("-m", "benchmarks", "scale", "--quick", "--out", str(page), cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    text = page.read_text("utf-8")
    assert text.strip() == done.stdout.strip()
    for work in of_suite("scale"):
        assert f"(`{work.name}`)" in text
