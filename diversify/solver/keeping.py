"""What watches over a search: it keeps the best plan, writes checkpoints, and ends it in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diversify.solver.checkpoint import Checkpoint, Saved, level_mark, refuse_level
from diversify.solver.inner import Priced
from diversify.solver.learnt import Bases
from diversify.solver.question import Question, Reply
from diversify.solver.runners import Here, Runner
from diversify.solver.search import Search, Watch

Vector = NDArray[np.float64]
# Seconds between checkpoints at least, and as a multiple of what the last one took.
PAUSE = 2.0
RARELY = 20.0


class TimeUpError(Exception):
    """The seconds that were allowed have passed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan that keeps all rows, with its exact recourse in all scenarios."""

    plan: Vector
    found: Priced
    cost: float


class Keeper:
    """Called after each plan that a search looks at.

    What it keeps is replaced in one go, so an interruption at any moment finds a whole plan.

    Parameters
    ----------
    total : int
        Number of scenarios S.
    watch : callable, optional
        Called as well.
    time_limit : float, optional
        Seconds from now on.
    store : Checkpoint, optional
        Where states are written.
    saved : Saved, optional
        Where an earlier run of the same problem was.
    """

    def __init__(
        self,
        total: int,
        *,
        watch: Watch | None = None,
        time_limit: float | None = None,
        store: Checkpoint | None = None,
        saved: Saved | None = None,
    ) -> None:
        self.total = total
        self.store = store
        self.saved = saved
        self.search: Search | None = None
        self.kept: Kept | None = None
        self._watch = watch
        self._deadline = None if time_limit is None else time.monotonic() + time_limit
        # Why checkpoints cannot be written any more, or nothing.
        self.trouble = ""
        self._level = 0
        self._mark = ""
        self._next = 0.0
        self._written = False
        self._bases: Bases = {}

    @property
    def left(self) -> float | None:
        """Seconds that are left, None where there is no limit."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def check(self) -> None:
        """End the search where its time is up."""
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise TimeUpError

    def begin(self, search: Search, level: int) -> None:
        """Watch over a search, which goes on from where an earlier run of it was.

        Parameters
        ----------
        search : Search
            New.
        level : int
            Scenarios that were asked of its sample; 0 for all scenarios.
        """
        self.search, self._level, self._bases = search, level, {}
        self._mark = ""
        if self.store is not None:
            self._mark = level_mark(search.evaluator.probability, search.evaluator.cluster)
        search.watch = self
        search.total = self.total
        search.evaluator.runner = Timed(search.evaluator.runner, self.check)
        saved = self.saved
        if saved is None or saved.level != level or self.store is None:
            return
        clusters = np.array([cut.cluster for cut in saved.cuts], dtype=np.int64)
        if saved.mark != self._mark or clusters.max(initial=0) >= search.frame.clusters:
            refuse_level(self.store.folder)
        search.add(saved.cuts)
        search.evaluator.runner.teach(saved.bases)
        search.price, search.fine = saved.price, saved.fine
        search.threshold = saved.threshold
        search.first_step = saved.step
        search.radius, search.scale, search.last = saved.radius, saved.scale, list(saved.last)

    def beside(self, search: Search) -> None:
        """Look at the clock for a search that serves the one watched over."""

        def watch(beside: Search) -> None:
            if self._watch is not None:
                self._watch(beside)
            self.check()

        search.watch, search.total = watch, self.total
        search.evaluator.runner = Timed(search.evaluator.runner, self.check)

    def __call__(self, search: Search) -> None:
        """Keep the best plan, write a checkpoint where it is time, and look at the clock."""
        if self._level == 0:
            self._keep(search)
        if self.store is not None and time.monotonic() >= self._next:
            # Asked for here only: an interruption may leave answers in a pipe.
            self._bases = search.evaluator.runner.learnt()
            self.save()
        if self._watch is not None:
            self._watch(search)
        self.check()

    def _keep(self, search: Search) -> None:
        found = search.found
        decided = search.strict or not search.frame.blocks.integer[: search.first].any()
        if found is None or found.fine != 0.0 or not np.isfinite(search.cost) or not decided:
            return
        if self.kept is None or search.cost < self.kept.cost:
            self.kept = Kept(search.best, found, search.cost)

    def save(self, *, done: bool = False) -> None:
        """Write a checkpoint now.

        Parameters
        ----------
        done : bool
            Whether the plan has been certified.
        """
        search, since = self.search, time.monotonic()
        if self.store is None or search is None or self.trouble:
            return
        state = search.state
        saved = Saved(
            self._level,
            self._mark,
            search.iterations,
            search.strict,
            done,
            state.cost,
            state.bound,
            search.threshold,
            # The cuts at the end bound the master without a trust region.
            np.inf if done else search.radius,
            search.step,
            search.best if done or search.strict else search.center,
            search.scale,
            search.price,
            search.fine,
            np.array(search.last, dtype=np.float64).reshape(len(search.last), len(search.price)),
            # Tangents are found anew from the first plan on.
            [cut for cut in search.pool.cuts if cut.cone < 0],
            self._bases,
        )
        try:
            self.store.write(saved)
        except OSError as error:
            # A folder that cannot be written to is refused at once; a disk that fills up later
            # does not end the work.
            if not self._written:
                raise
            self.trouble = str(error)
        self._written = True
        now = time.monotonic()
        self._next = now + max(PAUSE, RARELY * (now - since))


class Timed:
    """A runner that looks at the clock before it asks.

    Parameters
    ----------
    inner : Runner
        Who answers.
    check : callable
        Raises where the time is up.
    """

    def __init__(self, inner: Runner, check: Callable[[], None]) -> None:
        self._inner = inner
        self._check = check

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the inner runner has to say."""
        return self._inner.remarks

    def ask(self, shards: Sequence[int], question: Question) -> list[Reply]:
        """Return the reply of each of some shards, in their order."""
        if not isinstance(self._inner, Here):
            self._check()
            return self._inner.ask(shards, question)
        replies = []
        for i in shards:
            self._check()
            replies += self._inner.ask([i], question)
        return replies

    def learnt(self) -> Bases:
        """Return the bases of the inner runner."""
        return self._inner.learnt()

    def teach(self, bases: Bases) -> None:
        """Give bases to the inner runner."""
        self._inner.teach(bases)

    def close(self) -> None:
        """Let go of what was held."""
        self._inner.close()
