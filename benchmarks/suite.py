"""Measure the works of a suite: ``python -m benchmarks scale``.

Every contender has a process of its own and a limit of time. What other programs reached is
remembered with machine and versions and not measured again; ``--again`` measures it. A full run
writes its part of ``benchmarks/RESULTS.md``; ``--only`` and ``--draws`` measure a piece of it and
leave the rest of the page as it is.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Figures, key, stamp
from benchmarks.machine import machine, versions
from benchmarks.page import merged
from benchmarks.registry import Options
from benchmarks.side_by_side import chapter, differences
from benchmarks.works import Entry, Work, of_suite

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
FIGURES = ROOT / "benchmarks" / "figures.json"
SLACK = 120.0  # seconds for imports and for drawing, beyond the limit
ENOUGH = "30"  # seconds after which a run is not repeated
DOUBLINGS = 20
NOT_COUNTED = ("draw", "total")


def main(suite: str, arguments: Sequence[str]) -> int:
    """Measure, print and write; 1 if optima differ or one of our own runs failed."""
    given = _parsed(suite, arguments)
    works = [work for work in of_suite(suite) if not given.only or work.name in given.only]
    keep = not given.quick and given.out is None
    run = Run(given, Figures(FIGURES if keep else None))
    for work in works:
        run.measure(work)
    every = of_suite(suite) if keep else works
    text = chapter(every, {work.name: run.figures.of(work) for work in every}, suite)
    print(text)
    if keep:
        page = RESULTS.read_text("utf-8") if RESULTS.exists() else ""
        RESULTS.write_text(merged(page, suite, text), "utf-8")
    elif given.out is not None:
        given.out.write_text(text, "utf-8")
    wrong = [line for work in works for line in differences(work, run.figures.of(work))]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def _parsed(suite: str, arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {suite}", description=__doc__)
    names = [work.name for work in of_suite(suite)]
    parser.add_argument("--quick", action="store_true", help="tiny sizes; nothing is written")
    parser.add_argument("--only", action="append", choices=names, help="only this work")
    parser.add_argument("--draws", type=int, action="append", help="only entries of this size")
    parser.add_argument("--again", action="store_true", help="measure other programs again, too")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="of our own runs")
    parser.add_argument("--limit", type=float, default=120.0, metavar="S", help="for a peer")
    parser.add_argument("--most", type=float, default=3600.0, metavar="S", help="for our own runs")
    parser.add_argument("--seed", type=int, default=1, metavar="K", help="of the scenarios")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the page goes instead")
    return parser.parse_args(arguments)


class Run:
    """One run of the driver.

    Parameters
    ----------
    given : argparse.Namespace
        What was asked for.
    figures : Figures
        Where they are remembered.
    """

    def __init__(self, given: argparse.Namespace, figures: Figures) -> None:
        self.given, self.figures = given, figures
        self.facts = {**machine(), **versions()}

    def measure(self, work: Work) -> None:
        """Measure every entry of a work that was asked for."""
        done: set[str] = set()
        marks = {(e.subject, e.variant): self._stamp(work, e) for e in work.entries}
        self.figures.prune(work, marks)
        for entry in work.entries:
            draws = entry.quick if self.given.quick else entry.draws
            if not draws or (self.given.draws and draws not in self.given.draws):
                continue
            if entry.doubling:
                self._double(work, entry, draws, done)
            else:
                self._one(work, entry, draws, done)

    def _stamp(self, work: Work, entry: Entry) -> str:
        return stamp(work, entry, self.facts, self.given.seed)

    def _double(self, work: Work, entry: Entry, draws: int, done: set[str]) -> None:
        largest = 0
        for _ in range(1 if self.given.quick else DOUBLINGS):
            figure = self._one(work, entry, draws, done)
            if figure["stopped"] or figure["note"]:
                break
            largest, draws = draws, 2 * draws
        if largest:
            self._one(work, work.entries[0], largest, done)

    def _one(self, work: Work, entry: Entry, draws: int, done: set[str]) -> Figure:
        """Return one figure, measured or remembered."""
        name, first = key(entry, draws), entry.subject == work.entries[0].subject
        options = Options(
            seed=self.given.seed,
            problem=work.problem,
            draws=draws,
            variant=entry.variant,
            limit=self.given.most if first else self.given.limit,
            gap=work.gap,
        )
        mark = self._stamp(work, entry)
        found = self.figures.recall(work, name, mark, options.limit)
        if found is not None and (name in done or not (first or self.given.again)):
            print(f"{work.name}: {name} is known", file=sys.stderr, flush=True)
            return found
        print(f"{work.name}: {name} ...", file=sys.stderr, flush=True)
        repeats = self.given.repeats if first else 1
        figure = {
            **_measured(entry, 1 if self.given.quick else repeats, options),
            "subject": entry.subject,
            "variant": entry.variant,
            "draws": draws,
            "limit": options.limit,
            "stamp": mark,
            "facts": self.facts,
        }
        self.figures.keep(work, name, figure)
        done.add(name)
        return figure


def _measured(entry: Entry, repeats: int, options: Options) -> Figure:
    command = ["-m", "benchmarks.worker", entry.subject, str(repeats)]
    # A long run is measured once.
    command += [json.dumps(asdict(options)), ENOUGH]
    try:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=options.limit + SLACK,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _figure([], stopped=True)
    if done.returncode < 0:
        return _figure([], note=f"ended by signal {-done.returncode}, perhaps for want of memory")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        for place in (str(ROOT), sys.prefix):  # the page names nobody's folders
            last = last.replace(place, "")
        return _figure([], note=f"failed: {last}")
    answer = json.loads(done.stdout)
    if answer["missing"]:
        return _figure([], note=f"not measured: {answer['missing']}")
    runs = answer["repetitions"]
    seconds = [_counted(run["seconds"]) for run in runs]
    last_run = runs[-1]
    peak = answer["peak"] if last_run["peak"] is None else last_run["peak"]
    stopped = any(run["stopped"] for run in runs)
    return _figure(
        seconds, last_run["sizes"], last_run["values"], last_run["seconds"], peak, stopped=stopped
    )


def _counted(phases: dict[str, float]) -> float:
    parts = [seconds for name, seconds in phases.items() if name not in NOT_COUNTED]
    return sum(parts) if parts else phases["total"]


def _figure(
    seconds: list[float],
    sizes: dict[str, int] | None = None,
    values: dict[str, Any] | None = None,
    phases: dict[str, float] | None = None,
    peak: float | None = None,
    *,
    stopped: bool = False,
    note: str = "",
) -> Figure:
    return {
        "seconds": seconds,
        "phases": phases or {},
        "sizes": sizes or {},
        "values": values or {},
        "peak": peak,
        "stopped": stopped,
        "note": note,
    }
