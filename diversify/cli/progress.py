"""Progress on stderr: phases as lines, a long search as one line that changes."""

from __future__ import annotations

import math
import sys
import time
from typing import TYPE_CHECKING, Any

from diversify.cli.figures import figure, money
from diversify.cli.outcome import say

if TYPE_CHECKING:
    from diversify.solver.state import State

# Seconds between lines where stderr is no terminal; seconds before time left is guessed.
EVERY = 5.0
SOON = 1.0
LAST = 8
"""From how many of the last plans the pace of a search is taken."""


class Progress:
    """Shows each phase as it begins, how far a search is, and how long it may still take.

    Parameters
    ----------
    quiet
        Show nothing.
    """

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._since = time.perf_counter()
        self._next = 0.0
        self._live: Any = None
        self._goal = 0.0
        self._past: list[tuple[float, float]] = []
        self._word, self._total, self._done, self._begun = "", 0, 0, 0.0

    def aim(self, gap: float) -> None:
        """Say at which relative gap a search ends, so that time left can be told."""
        self._goal = gap

    def expect(self, total: int, word: str) -> None:
        """Say how many phases that begin with a word will come, so that they are counted."""
        self._word, self._total, self._done = word, total, 0

    def __call__(self, phase: str) -> None:
        """Show that a phase begins."""
        self.end()
        self._past = []
        if self._quiet:
            return
        say(f"{self._seconds()}  {phase}{self._counted(phase)}")

    def watch(self, state: State) -> None:
        """Show how far a search is: in place on a terminal, else a line now and then."""
        if self._quiet:
            return
        line = f"{self._seconds()}  {described(state)}{self._left(state)}"
        if sys.stderr.isatty():
            self._shown_live().update(line)
        elif time.perf_counter() >= self._next:
            say(line)
            self._next = time.perf_counter() + EVERY

    def end(self) -> None:
        """Take the changing line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _seconds(self) -> str:
        return f"{time.perf_counter() - self._since:7.1f} s"

    def _counted(self, phase: str) -> str:
        """Return which of the expected phases this is, and how long the rest may take."""
        if not self._word or not phase.startswith(self._word):
            return ""
        now = time.perf_counter()
        if not self._done:
            self._begun = now
        self._done += 1
        taken, before = now - self._begun, self._done - 1
        left = taken / before * (self._total - before) if before else 0.0
        about = f", about {duration(left)} left" if taken >= SOON and left else ""
        return f" ({self._done} of {self._total}{about})"

    def _left(self, state: State) -> str:
        """Return how long a search may still take, from how fast its gap has closed."""
        now = time.perf_counter()
        if math.isfinite(state.gap) and state.gap > 0:
            self._past = [*self._past, (now, state.gap)][-LAST:]
        left = time_left(self._past, self._goal)
        if left is None or now - self._since < SOON:
            return ""
        return f", about {duration(left)} left"

    def _shown_live(self) -> Any:
        if self._live is None:
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True, markup=False, highlight=False)
            self._live = Live(console=console, transient=True, refresh_per_second=4)
            self._live.start()
        return self._live


def time_left(past: list[tuple[float, float]], goal: float) -> float | None:
    """Return in how many seconds a gap may be closed, or None where nobody can tell.

    The logarithm of the gap is taken to fall in a straight line.

    Parameters
    ----------
    past
        Times [s] and gaps, all above 0.
    goal
        The gap at which the search ends.

    Examples
    --------
    >>> round(time_left([(0.0, 1.0), (1.0, 0.1), (2.0, 0.01)], 1e-4), 6)
    2.0
    >>> time_left([(0.0, 0.1), (1.0, 0.1), (2.0, 0.1)], 1e-4) is None
    True
    """
    if len(past) < 3 or goal <= 0:
        return None
    (first, wide), (last, narrow) = past[0], past[-1]
    if last <= first or narrow >= wide:
        return None
    pace = math.log(wide / narrow) / (last - first)
    return max(0.0, math.log(narrow / goal) / pace)


def duration(seconds: float) -> str:
    """Return a length of time in two figures at most.

    Examples
    --------
    >>> duration(0.2), duration(42.3), duration(150), duration(9000)
    ('1 s', '42 s', '2 min 30 s', '2 h 30 min')
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def described(state: State) -> str:
    """Return in one line how far a search is.

    Parameters
    ----------
    state
        Of the search.

    Returns
    -------
    str
        Scenarios, plans looked at, cost, bound, gap and linear problems.
    """
    some = state.scenarios < state.total
    over = f"{state.scenarios:,} of {state.total:,}" if some else f"all {state.total:,}"
    parts = [f"{over} scenarios", f"plan {state.iteration}"]
    if math.isfinite(state.cost):
        parts.append(f"cost {money(state.cost)}")
    if math.isfinite(state.bound):
        parts.append(f"bound {money(state.bound)}")
    if math.isfinite(state.gap):
        parts.append(f"gap {figure(state.gap, 2)}")
    return ", ".join([*parts, f"{state.solves:,} linear problems"])
