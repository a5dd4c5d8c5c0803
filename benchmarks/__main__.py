"""Measure every subject and write its part of ``benchmarks/RESULTS.md``.

``python -m benchmarks SUITE`` measures a suite of works instead (``benchmarks/suite.py``).

``python -m benchmarks`` measures at full size; ``--quick`` shows in a minute that everything runs,
and writes nothing unless ``--out`` names a file. This process stays small; each subject has one of
its own.
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

from benchmarks import suite
from benchmarks.machine import machine, versions
from benchmarks.page import merged
from benchmarks.registry import SUBJECTS, Options, Subject
from benchmarks.report import disagreements, document
from benchmarks.works import suites

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
CASE = [subject for subject in SUBJECTS if subject.suite == "case"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; the exit code is 1 if subjects that do the same work disagree."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] in suites():
        return suite.main(words[0], words[1:])
    given = _parsed(words)
    chosen = [s for s in CASE if not given.only or s.name in given.only]
    full = not given.quick
    count = given.scenarios or (200 if full else 20)
    options = Options(scenarios=count, few=given.few or (20 if full else 6), seed=given.seed)
    repeats = given.repeats or (5 if full else 2)
    found = {}
    for subject in chosen:
        print(f"{subject.name}: {subject.title} ...", file=sys.stderr, flush=True)
        found[subject.name] = _measured(subject, repeats, options)
    text = document(chosen, found, options, {**machine(), **versions()}, full=full)
    print(text)
    target = given.out or (RESULTS if full and not given.only else None)
    if target is not None:
        page = RESULTS.read_text("utf-8") if target == RESULTS and RESULTS.exists() else ""
        target.write_text(merged(page, "case", text) if target == RESULTS else text, "utf-8")
        print(f"written to {target.name}", file=sys.stderr)
    wrong = disagreements(chosen, found)
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few scenarios, two repetitions")
    parser.add_argument("--repeats", type=int, metavar="N", help="repetitions of each subject")
    parser.add_argument("--scenarios", type=int, metavar="N", help="of the main job")
    parser.add_argument("--few", type=int, metavar="N", help="scenarios of the comparison")
    parser.add_argument("--seed", type=int, default=1, metavar="K", help="of the scenarios")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the page goes")
    parser.add_argument(
        "--only", action="append", choices=[s.name for s in CASE], help="only this subject"
    )
    return parser.parse_args(arguments)


def _measured(subject: Subject, repeats: int, options: Options) -> dict[str, Any]:
    command = ["-m", "benchmarks.worker", subject.name, str(repeats), json.dumps(asdict(options))]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    sys.exit(main())
