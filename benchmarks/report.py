"""From measurements to text."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.registry import Options, Subject

Found = Mapping[str, Any]
AGREE = 1e-9
HAND_OVER, SOLVE = "hand-over", "solve"


def table(subject: Subject, found: Found, *, full: bool) -> list[str]:
    """Return the Markdown of one subject: seconds by phase, memory, sizes, values."""
    runs = found["repetitions"]
    lines = [
        f"### {subject.title}",
        "",
        "| phase | median s | least to most s | limit |",
        "|---|--:|--:|---|",
    ]
    for phase in runs[0]["seconds"]:
        seconds = [run["seconds"][phase] for run in runs]
        middle = statistics.median(seconds)
        spread = f"{min(seconds):.3f} to {max(seconds):.3f}"
        lines.append(
            f"| {phase} | {middle:.3f} | {spread} | {_limit(subject, phase, middle, full)} |"
        )
    lines += ["", f"{len(runs)} repetitions; the import before them took {found['import']:.1f} s."]
    if found["peak"] is not None and subject.name != "startup":
        verdict = _limit(subject, "peak", found["peak"], full)
        lines.append(
            f"Most memory after the first: {found['peak']:,.0f} MiB"
            + (f" ({verdict})." if verdict else ".")
        )
    facts = {**runs[-1]["sizes"], **runs[-1]["values"]}
    if facts:
        lines += [
            "",
            "; ".join(f"{name.replace('_', ' ')} {_shown(v)}" for name, v in facts.items()) + ".",
        ]
    return [*lines, ""]


def _limit(subject: Subject, phase: str, value: float, full: bool) -> str:
    if phase not in subject.limit:
        return ""
    most = subject.limit[phase]
    if not full:
        return f"{most:g} at full size"
    return f"{most:g}: {'kept' if value <= most else 'NOT KEPT'}"


def _shown(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.6f}" if abs(value) >= 1 else f"{value:.1e}"
    return str(value)


def disagreements(subjects: Sequence[Subject], found: Mapping[str, Found]) -> list[str]:
    """Return what differs between subjects that do the same work."""
    wrong = []
    for group in sorted({s.group for s in subjects if s.group}):
        names = [s.name for s in subjects if s.group == group]
        optima = {n: [r["values"]["optimum"] for r in found[n]["repetitions"]] for n in names}
        every = [value for values in optima.values() for value in values]
        if max(every) - min(every) > AGREE * (1 + abs(max(every))):
            wrong.append(f"the optima of {group} differ: {optima}")
    return wrong


def comparison(subjects: Sequence[Subject], found: Mapping[str, Found]) -> list[str]:
    """Return the Markdown that sets the subjects of a group beside each other."""
    group = [s for s in subjects if s.group == "extensive"]
    if len(group) < 2:
        return []
    lines = [
        "### Side by side: the same case, scenarios, policies and solver",
        "",
        "| | arrays s | times ours | hand-over s | solve s | rows | columns | non-zeros | MiB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    ours = None
    for subject in group:
        runs, peak = found[subject.name]["repetitions"], found[subject.name]["peak"]
        arrays = statistics.median(_arrays(run["seconds"]) for run in runs)
        hand_over, solve = (
            statistics.median(run["seconds"][phase] for run in runs) for phase in (HAND_OVER, SOLVE)
        )
        ours = ours or arrays
        sizes = runs[-1]["sizes"]
        cells = [
            f"`{subject.name}`",
            f"{arrays:.2f}",
            f"{arrays / ours:.1f}",
            f"{hand_over:.3f}",
            f"{solve:.2f}",
            *(f"{sizes[name]:,}" for name in ("rows", "columns", "nonzeros")),
            "" if peak is None else f"{peak:,.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    same = "" if disagreements(subjects, found) else " All optima are equal within 1e-9."
    lines += [
        "",
        "Arrays: from the case to the matrices. Solve: HiGHS with its own hand-over and presolve. "
        "`ours` writes what happens before news once and leaves out rows that the plan already "
        f"keeps; the others write every scenario in full, with the rule as rows.{same}",
        "",
    ]
    return lines


def _arrays(seconds: Mapping[str, float]) -> float:
    """Return the seconds of every phase before the hand-over."""
    phases = list(seconds)
    return sum(seconds[phase] for phase in phases[: phases.index(HAND_OVER)])


def document(
    subjects: Sequence[Subject],
    found: Mapping[str, Found],
    options: Options,
    facts: Mapping[str, str],
    *,
    full: bool,
) -> str:
    """Return the whole page."""
    lines = [
        "# Results of `python -m benchmarks`",
        "",
        f"Case `{options.case}`, seed {options.seed}; {options.scenarios} scenarios for the main "
        f"job, {options.few} for the comparison."
        + ("" if full else " **A quick run: no figures to keep.**"),
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        "",
    ]
    for subject in subjects:
        lines += table(subject, found[subject.name], full=full)
    lines += comparison(subjects, found)
    return "\n".join(lines).rstrip() + "\n"
