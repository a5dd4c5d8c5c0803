"""Progress on stderr: phases as lines, a long search as one line that changes."""

from __future__ import annotations

import math
import sys
import time
from typing import TYPE_CHECKING, Any

from diversify.cli.figures import figure, money
from diversify.cli.outcome import say

if TYPE_CHECKING:
    from diversify.solver.search import State

# Seconds between lines where stderr is no terminal.
EVERY = 5.0


class Progress:
    """Shows each phase as it begins, and how far a search is.

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

    def __call__(self, phase: str) -> None:
        """Show that a phase begins."""
        self.end()
        if not self._quiet:
            say(f"{self._seconds()}  {phase}")

    def watch(self, state: State) -> None:
        """Show how far a search is: in place on a terminal, else a line now and then."""
        if self._quiet:
            return
        line = f"{self._seconds()}  {described(state)}"
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

    def _shown_live(self) -> Any:
        if self._live is None:
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True, markup=False, highlight=False)
            self._live = Live(console=console, transient=True, refresh_per_second=4)
            self._live.start()
        return self._live


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
