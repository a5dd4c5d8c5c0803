"""Whoever answers for the shards gives the same answers, also when part of it is lost."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from shard_parts import ASKED, ONE, QUESTIONS, SHARDS, minimised, pieces, same, told, unbounded

from diversify.errors import InputError, NotCertifiedError, SolverError
from diversify.solver import runners
from diversify.solver.question import Reply, ShardData
from diversify.solver.runners import Elsewhere, Here, Workers


@pytest.fixture(scope="module")
def expected() -> list[list[Reply]]:
    return told(Here(pieces()))


def identical(found: list[list[Reply]], expected: list[list[Reply]]) -> bool:
    return all(
        pickle.dumps(one) == pickle.dumps(other)
        for some, others in zip(found, expected, strict=True)
        for one, other in zip(some, others, strict=True)
    )


@pytest.fixture
def workers() -> Iterator[Callable[..., Workers]]:
    """Make workers that are closed at the end, and see that no process is left."""
    made: list[Workers] = []
    started: list[subprocess.Popen[bytes]] = []

    def make(data: list[ShardData], count: int = 2) -> Workers:
        made.append(Workers(data, count))
        started.extend(p for p in made[-1]._processes if p is not None)
        return made[-1]

    yield make
    for runner in made:
        runner.close()
        runner.close()
    for process in started:
        # A return code means that the process was waited for: it is no zombie.
        assert process.returncode is not None
        assert process.stdin is not None
        assert process.stdin.closed
        assert process.stdout is not None
        assert process.stdout.closed
        with pytest.raises(ChildProcessError):
            os.waitpid(process.pid, os.WNOHANG)


Make = Callable[..., Workers]


def test_own_workers_answer_as_this_process_does_and_alike_each_time(
    workers: Make, expected: list[list[Reply]]
) -> None:
    one, again, other = (told(workers(pieces(), count)) for count in (2, 2, 3))
    same(one, expected)
    assert identical(one, again)
    # A shard hears the same questions whoever shares its process.
    assert identical(one, other)


def test_every_shard_has_one_home_and_its_data_travel_once(
    workers: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[dict[int, ShardData], list[int], int]] = []
    send = runners._send

    def spy(pipe: Any, message: Any) -> None:
        fresh, _, chosen, _ = message
        size = 0 if fresh else len(pickle.dumps(message))
        sent.append((fresh, chosen, size))
        send(pipe, message)

    monkeypatch.setattr(runners, "_send", spy)
    told(workers(pieces()))
    assert sorted(i for fresh, _, _ in sent for i in fresh) == list(range(SHARDS))
    # A question is the plan, the prices and a few words, whatever the size of the problem.
    sizes = [size for *_, size in sent if size]
    assert sizes
    assert max(sizes) < 8 * len(QUESTIONS[0].plan) + 1_000


@pytest.mark.parametrize(("lost", "after"), [([0], 0), ([1], 1), ([0, 1], 3)])
def test_a_worker_that_is_killed_changes_nothing_but_is_said(
    workers: Make, expected: list[list[Reply]], lost: list[int], after: int
) -> None:
    runner = workers(pieces())
    found = []
    for turn, (shards, q) in enumerate(zip(ASKED, QUESTIONS, strict=True)):
        if turn == after:
            for at in lost:
                process = runner._processes[at]
                assert process is not None
                os.kill(process.pid, signal.SIGKILL)
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        found.append(runner.ask(shards, q))
    same(found, expected)
    (remark,) = runner.remarks
    assert remark == f"{len(lost)} worker processes were lost; this process did their part"


def test_a_worker_that_dies_while_it_answers(
    workers: Make, expected: list[list[Reply]], monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = runners._receive
    runner = workers(pieces())

    def torn(pipe: Any) -> Any:
        first = runner._processes[0]
        if first is not None and pipe is first.stdout:
            receive(pipe)
            raise pickle.UnpicklingError("pickle data was truncated")
        return receive(pipe)

    monkeypatch.setattr(runners, "_receive", torn)
    same(told(runner), expected)
    assert runner.remarks[0].startswith("1 worker")


def test_no_process_can_be_started(
    workers: Make, expected: list[list[Reply]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    runner = workers(pieces())
    same(told(runner), expected)
    assert runner.remarks[0].startswith("2 worker")


def test_an_error_in_a_worker_is_raised_here_and_the_workers_go_on(
    workers: Make, expected: list[list[Reply]]
) -> None:
    # The first shard has an error at its question, in one process; the others answer, and no
    # answer is taken for that to the next question.
    good = pieces()
    runner = workers([unbounded(), *good])
    for _ in range(2):
        with pytest.raises(SolverError, match="ended unbounded"):
            runner.ask([0], ONE)
    with pytest.raises(Exception, match=r"matmul|dimension|size|shape|index"):
        runner.ask([0, 1, 2, 3, 4, 5], QUESTIONS[0])
    found = [
        runner.ask([i + 1 for i in shards], q) for shards, q in zip(ASKED, QUESTIONS, strict=True)
    ]
    same(found, expected)
    assert runner.remarks == ()


def test_an_error_here_in_the_part_of_a_lost_worker_leaves_no_answer_in_the_pipe(
    workers: Make, expected: list[list[Reply]], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = workers(pieces())
    first = runner._processes[0]
    assert first is not None
    first.kill()
    first.wait()
    with monkeypatch.context() as patch:

        def fail(self: Here, shards: Any, q: Any) -> Any:
            raise SolverError("here")

        patch.setattr(Here, "ask", fail)
        with pytest.raises(SolverError, match="here"):
            runner.ask(range(SHARDS), QUESTIONS[1])
    same(told(runner), expected)


def test_errors_of_the_family_can_be_sent() -> None:
    for error in (SolverError("a"), NotCertifiedError("b"), InputError([])):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
        assert type(again) is type(error)
        assert str(again) == str(error)


@pytest.fixture(scope="module")
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        yield pool


class Counting(Executor):
    """Any executor, with a count of what it is given."""

    def __init__(self, inner: Executor) -> None:
        self.inner = inner
        self.data: list[int] = []
        self.sizes: list[int] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        _, i, data, _ = args
        if data is not None:
            self.data.append(i)
        else:
            self.sizes.append(len(pickle.dumps(args)))
        return self.inner.submit(fn, *args, **kwargs)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_any_executor_answers_as_this_process_does(
    kind: str, request: pytest.FixtureRequest, expected: list[list[Reply]]
) -> None:
    counting = Counting(request.getfixturevalue(kind))
    runner = Elsewhere(pieces(), counting)
    same(told(runner), expected)
    same(told(runner), expected)
    assert runner.remarks == ()
    runner.close()
    runner.close()
    if kind == "threads":
        # They share what they have; a process that is not the one that has it is sent it again.
        assert sorted(counting.data) == list(range(SHARDS))
    assert set(counting.data) == set(range(SHARDS))
    assert max(counting.sizes) < 8 * len(QUESTIONS[0].plan) + 1_000


def test_shards_held_by_threads_are_let_go(threads: Executor) -> None:
    runner = Elsewhere(pieces(), threads)
    told(runner)
    assert runner._run in runners._held
    runner.close()
    assert runner._run not in runners._held


def test_workers_keep_the_shards_of_few_runs_and_ask_for_those_they_lost(
    threads: Executor, expected: list[list[Reply]]
) -> None:
    several = [Elsewhere(pieces(), threads) for _ in range(runners.RUNS + 1)]
    for shards, q, others in zip(ASKED, QUESTIONS, expected, strict=True):
        for runner in several:
            for one, other in zip(runner.ask(shards, q), others, strict=True):
                np.testing.assert_allclose(minimised(one, q), minimised(other, q), 1e-9, 1e-9)
    assert len(runners._held) <= runners.RUNS
    for runner in several:
        assert runner.remarks == ()
        runner.close()


def test_an_executor_that_breaks_changes_nothing_but_is_said(
    expected: list[list[Reply]],
) -> None:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        runner = Elsewhere(pieces(), pool)
        found = [runner.ask(ASKED[0], QUESTIONS[0])]
        for process in list(pool._processes.values()):
            os.kill(process.pid, signal.SIGKILL)
        found += [runner.ask(shards, q) for shards, q in zip(ASKED[1:], QUESTIONS[1:], strict=True)]
    same(found, expected)
    (remark,) = runner.remarks
    assert "found here instead (BrokenProcessPool" in remark
    runner.close()


def test_an_executor_that_is_closed_changes_nothing_but_is_said(
    expected: list[list[Reply]],
) -> None:
    pool = ThreadPoolExecutor(2)
    runner = Elsewhere(pieces(), pool)
    pool.shutdown()
    same(told(runner), expected)
    assert runner.remarks[0].startswith("15 answers of workers were lost")
    assert "after shutdown" in runner.remarks[0]
    runner.close()


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_an_error_in_an_executor_is_raised_here(kind: str, request: pytest.FixtureRequest) -> None:
    runner = Elsewhere([unbounded()], request.getfixturevalue(kind))
    with pytest.raises(SolverError, match="ended unbounded"):
        runner.ask([0], ONE)
    assert runner.remarks == ()
    runner.close()


def test_what_a_library_prints_does_not_get_between_the_answers() -> None:
    # The worker's standard output is its standard error from the start.
    script = (
        "import sys; from diversify.solver import worker\n"
        "class Loud(worker.Shard):\n"
        "    def __init__(self, data): print('noise', flush=True); super().__init__(data)\n"
        "worker.Shard = Loud; worker.main()"
    )
    message = pickle.dumps(({0: pieces()[0]}, {}, [0], QUESTIONS[0]))
    done = subprocess.run(
        [sys.executable, "-c", script], input=message, capture_output=True, check=True
    )
    (reply,) = pickle.loads(done.stdout)  # noqa: S301 - from our own child process
    assert isinstance(reply, Reply)
    assert b"noise" in done.stderr
