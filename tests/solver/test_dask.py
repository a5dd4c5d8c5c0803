"""Shards on a Dask cluster: the same plan, few transports, and no harm when a worker dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import distributed
import pytest
from shard_parts import ASKED, ONE, QUESTIONS, SHARDS, pieces, same, told, unbounded

import diversify as dv
from diversify.errors import SolverError
from diversify.solver.runners import Elsewhere, Here

CASE = "gallium-germanium"
COUNT = 60


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    # Port 0 is any that is free: also without a dashboard a scheduler serves its state by HTTP.
    with distributed.LocalCluster(
        processes=True, n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as local:
        yield local


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    with distributed.Client(cluster) as connected:
        connected.wait_for_workers(2)
        yield connected


def watched(executor: Any, at: int = -1, then: Any = None) -> list[int]:
    """Note which shards are sent with their data; do something before one of the questions."""
    submit, sent = executor.submit, []
    count = iter(range(10**9))

    def spy(fn: Any, run: str, i: int, data: Any, question: Any, **options: Any) -> Any:
        if data is not None:
            sent.append(i)
        if next(count) == at:
            then()
        return submit(fn, run, i, data, question, **options)

    executor.submit = spy
    return sent


def test_a_cluster_answers_as_this_process_does(client: Any) -> None:
    expected = told(Here(pieces()))
    executor = client.get_executor()
    sent = watched(executor)
    runner = Elsewhere(pieces(), executor)
    same(told(runner), expected)
    same(told(runner), expected)
    assert runner.remarks == ()
    # Each shard stays where it was sent, unless an idle worker takes it over.
    assert len(sent) <= 2 * SHARDS
    assert set(runner._home.values()) <= set(client.scheduler_info()["workers"])
    failing = Elsewhere([unbounded()], executor)
    with pytest.raises(SolverError, match="ended unbounded"):
        failing.ask([0], ONE)


def test_a_client_that_was_closed_changes_nothing_but_is_said(cluster: Any) -> None:
    with distributed.Client(cluster) as client:
        runner = Elsewhere(pieces(), client.get_executor())
        found = [runner.ask(ASKED[0], QUESTIONS[0])]
    found += [runner.ask(shards, q) for shards, q in zip(ASKED[1:], QUESTIONS[1:], strict=True)]
    same(found, told(Here(pieces())))
    assert "found here instead" in runner.remarks[0]


def solved(**way: Any) -> dv.Plan:
    return dv.solve(
        dv.example(CASE), scenarios=COUNT, seed=1, method="decomposed", out_of_sample=0, **way
    )


@pytest.mark.slow
def test_the_plan_of_a_cluster_costs_what_that_of_one_process_costs(client: Any) -> None:
    executor = client.get_executor()
    sent = watched(executor)
    plan, alone = solved(executor=executor), solved()
    assert plan.point == alone.point == "certified"
    assert plan.record.method == "decomposed"
    assert plan.objective == pytest.approx(alone.objective, rel=1e-6)
    assert plan.record.warnings == ()
    shards = len(set(sent))
    assert shards > 4
    assert len(sent) <= 2 * shards


@pytest.mark.slow
def test_a_worker_that_is_killed_in_the_middle_changes_nothing(client: Any) -> None:
    # Its nanny starts another in its place.
    pids = client.run(os.getpid)
    victim = sorted(pids)[0]
    executor = client.get_executor()
    killed: list[int] = []

    def kill() -> None:
        os.kill(pids[victim], signal.SIGKILL)
        killed.append(pids[victim])

    sent = watched(executor, 60, kill)
    plan, alone = solved(executor=executor), solved()
    assert killed == [pids[victim]]
    # What the dead worker had was sent once more, to whoever took it over.
    assert len(sent) > len(set(sent))
    assert plan.point == "certified"
    assert plan.objective == pytest.approx(alone.objective, rel=1e-6)
