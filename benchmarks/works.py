"""What the suites measure: works, each done by several contenders on the same draws."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One contender at one size.

    Attributes
    ----------
    subject : str
        Name in the registry.
    draws, quick : int
        Scenarios drawn, at full size and in a quick run; 0 leaves the entry out.
    variant : str
        Which of the ways that the subject knows.
    title : str
        Added to the title of the subject.
    doubling : bool
        Start with ``draws`` and double them until the limit of time is reached. Then the first
        contender of the work is measured at the largest size that was solved, too.
    exact : bool
        Whether its optimum must agree; what another method misses is shown all the same.
    """

    subject: str
    draws: int
    quick: int
    variant: str = ""
    title: str = ""
    doubling: bool = False
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Work:
    """A problem that several contenders solve.

    Attributes
    ----------
    suite : str
        The command that measures it.
    name : str
        For ``--only``.
    title : str
        Heading of its table.
    problem : str
        Which problem (``benchmarks/problems``, or the name of a bundled case).
    entries : tuple of Entry
        The first contender is the one that the others are compared with.
    text : str
        What one should know to read the table.
    gap : float
        Relative gap asked of a method that iterates.
    agree : float
        Relative difference between optima beyond which the run fails.
    published : dict
        Optimum that is known, by number of draws, with where it is from.
    """

    suite: str
    name: str
    title: str
    problem: str
    entries: tuple[Entry, ...]
    text: str = ""
    gap: float = 1e-6
    agree: float = 1e-5
    published: dict[int, tuple[float, str]] = field(default_factory=dict)


def _work(row: dict[str, Any]) -> Work:
    entries = tuple(Entry(**entry) for entry in row.pop("entries"))
    published = {int(n): tuple(found) for n, found in row.pop("published", {}).items()}
    return Work(**row, entries=entries, published=published)


TABLE = Path(__file__).with_name("works.toml")
WORKS = tuple(_work(row) for row in tomllib.loads(TABLE.read_text("utf-8"))["work"])


def of_suite(suite: str) -> list[Work]:
    """Return the works of a suite, in order."""
    return [work for work in WORKS if work.suite == suite]


def suites() -> list[str]:
    """Return the names of the suites, in order."""
    return list(dict.fromkeys(work.suite for work in WORKS))
