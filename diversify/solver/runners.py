"""Who answers for the shards: this process, processes of our own, or any executor."""

from __future__ import annotations

import contextlib
import os
import pickle
import secrets
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from typing import IO, Any, Protocol

from diversify.errors import DiversifyError
from diversify.solver.learnt import Bases, learnt, teach
from diversify.solver.question import Question, Reply, ShardData
from diversify.solver.shard import Shard

# Shards of so many runs are kept in a worker of somebody else's executor.
RUNS = 2


class Runner(Protocol):
    """Answers questions for shards; each shard stays where it was first asked."""

    def ask(self, shards: Sequence[int], question: Question) -> list[Reply]:
        """Return the reply of each of some shards, in their order."""

    def learnt(self) -> Bases:
        """Return the bases that its shards have learnt, where they can be had."""

    def teach(self, bases: Bases) -> None:
        """Give bases of an earlier run to shards that were not asked yet."""

    def close(self) -> None:
        """Let go of what was held."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the user should know of how the answers came about."""


class Here:
    """All shards in this process.

    Parameters
    ----------
    data : sequence of ShardData
        The shards.
    """

    remarks: tuple[str, ...] = ()

    def __init__(self, data: Sequence[ShardData]) -> None:
        self._data = data
        self._shards: dict[int, Shard] = {}
        self._taught: Bases = {}

    def ask(self, shards: Sequence[int], question: Question) -> list[Reply]:
        """Return the reply of each of some shards, in their order."""
        return [self.shard(i).ask(question) for i in shards]

    def shard(self, i: int) -> Shard:
        """Return a shard at work."""
        if i not in self._shards:
            self._shards[i] = Shard(self._data[i])
            teach(self._shards[i], self._taught.get(i))
        return self._shards[i]

    def learnt(self) -> Bases:
        """Return the bases that the shards have learnt."""
        return learnt(self._shards)

    def teach(self, bases: Bases) -> None:
        """Give bases of an earlier run to shards that were not asked yet."""
        self._taught = bases

    def close(self) -> None:
        """Let go of the shards."""
        self._shards.clear()


class Workers:
    """Shards spread over processes of our own, each always in the same one (R7).

    Plain child processes, so that a script needs no guard around its main part. A process that
    dies is replaced by this one.

    Parameters
    ----------
    data : sequence of ShardData
        The shards.
    count : int
        Number of processes.
    """

    def __init__(self, data: Sequence[ShardData], count: int) -> None:
        self._here = Here(data)
        self._data = data
        self._home = _homes(data, count)
        self._sent: set[int] = set()
        self._processes = [_start() for _ in range(count)]
        self._lost = self._processes.count(None)
        self._taught: Bases = {}

    @property
    def remarks(self) -> tuple[str, ...]:
        """A word on processes that were lost."""
        if not self._lost:
            return ()
        return (f"{self._lost} worker processes were lost; this process did their part",)

    def ask(self, shards: Sequence[int], question: Question) -> list[Reply]:
        """Return the reply of each of some shards, in their order."""
        mine: list[list[int]] = [[] for _ in self._processes]
        for i in shards:
            mine[self._home[i]].append(i)
        # All questions go out before the first answer is read, one message a process.
        for at, chosen in enumerate(mine):
            process = self._processes[at]
            if chosen and process is not None:
                fresh = {i: self._data[i] for i in chosen if i not in self._sent}
                taught = {i: self._taught[i] for i in fresh if i in self._taught}
                try:
                    _send(process.stdin, (fresh, taught, chosen, question))
                except OSError:
                    self._lose(at)
        found: dict[int, Reply] = {}
        failure: BaseException | None = None
        # Every answer is read before anything can fail here: what is left in a pipe would be taken
        # for the answer to the next question.
        for at, chosen in enumerate(mine):
            process = self._processes[at]
            if not chosen or process is None:
                continue
            try:
                answer = _receive(process.stdout)
            except Exception:
                self._lose(at)
                continue
            if isinstance(answer, BaseException):
                failure = failure or answer
            else:
                found.update(zip(chosen, answer, strict=True))
                self._sent.update(chosen)
        if failure is not None:
            raise failure
        missing = [i for i in shards if i not in found]
        found.update(zip(missing, self._here.ask(missing, question), strict=True))
        return [found[i] for i in shards]

    def learnt(self) -> Bases:
        """Return the bases that the shards have learnt, in any process."""
        found = self._here.learnt()
        for at, process in enumerate(self._processes):
            if process is None:
                continue
            try:
                _send(process.stdin, ({}, {}, [], None))
                answer = _receive(process.stdout)
            except Exception:
                self._lose(at)
                continue
            if isinstance(answer, dict):
                found |= answer
        return found

    def teach(self, bases: Bases) -> None:
        """Give bases of an earlier run to shards that were not asked yet."""
        self._taught = bases
        self._here.teach(bases)

    def _lose(self, at: int) -> None:
        process = self._processes[at]
        if process is not None:
            _end(process)
            self._processes[at] = None
            self._lost += 1

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            if process is not None:
                _end(process)
        self._processes = [None for _ in self._processes]
        self._here.close()


class Elsewhere:
    """Shards in the workers of any executor.

    Dask is asked to keep each shard where it is. Another executor cannot be told: a worker that is
    asked for a shard that it does not have is sent it.

    A question travels without the shard; a worker that does not have it says so, and gets it. So
    the same code serves processes, clusters, and workers that die and come back.

    Parameters
    ----------
    data : sequence of ShardData
        The shards.
    executor : concurrent.futures.Executor
        For example ``dask.distributed.Client.get_executor()``.
    """

    def __init__(self, data: Sequence[ShardData], executor: Executor) -> None:
        self._here = Here(data)
        self._data = data
        self._executor = executor
        self._run = secrets.token_hex(8)
        self._sent: set[int] = set()
        self._lost = 0
        self._reason = ""
        self._dask = type(executor).__module__.split(".")[0] == "distributed"
        self._home: dict[int, str] = {}

    @property
    def remarks(self) -> tuple[str, ...]:
        """A word on answers that had to be found here."""
        if not self._lost:
            return ()
        why = f" ({self._reason})" if self._reason else ""
        return (f"{self._lost} answers of workers were lost and found here instead{why}",)

    def ask(self, shards: Sequence[int], question: Question) -> list[Reply]:
        """Return the reply of each of some shards, in their order."""
        waiting = [self._submit(i, question, send=i not in self._sent) for i in shards]
        self._sent.update(shards)
        try:
            return [
                self._result(i, question, future) for i, future in zip(shards, waiting, strict=True)
            ]
        except BaseException:
            for future in waiting:
                if future is not None:
                    future.cancel()
            raise

    def _submit(self, i: int, question: Question, *, send: bool) -> Future[_Answer] | None:
        data = self._data[i] if send else None
        options: dict[str, Any] = {}
        if self._dask:
            # Two equal questions are two: a worker may have lost the shard in between.
            options["pure"] = False
            if i in self._home:
                options |= {"workers": self._home[i], "allow_other_workers": True}
        try:
            return self._executor.submit(answer, self._run, i, data, question, **options)
        except Exception as error:
            # A broken or closed executor takes nothing any more, and each says so in its own way.
            self._reason = f"{type(error).__name__}: {error}"
            return None

    def _result(self, i: int, question: Question, future: Future[_Answer] | None) -> Reply:
        for _ in range(2):
            if future is None:
                break
            try:
                home, reply = future.result()
            except DiversifyError:
                raise
            except Exception as error:
                self._reason = f"{type(error).__name__}: {error}"
                break
            if reply is not None:
                self._home[i] = home
                return reply
            future = self._submit(i, question, send=True)
        self._lost += 1
        return self._here.ask([i], question)[0]

    def learnt(self) -> Bases:
        """Return the bases of the shards that are here; those of other machines stay there."""
        return self._here.learnt()

    def teach(self, bases: Bases) -> None:
        """Give bases of an earlier run to the shards that are answered for here."""
        self._here.teach(bases)

    def close(self) -> None:
        """Let go of what is here; the executor belongs to its owner."""
        self._here.close()
        # Threads keep their shards in this process.
        _held.pop(self._run, None)


_Answer = tuple[str, Reply | None]
_held: OrderedDict[str, dict[int, Shard]] = OrderedDict()


def answer(run: str, i: int, data: ShardData | None, question: Question) -> _Answer:
    """Return who answers, and a shard's reply, or None where the worker does not have the shard.

    Parameters
    ----------
    run : str
        Tells runs apart.
    i : int
        Position of the shard.
    data : ShardData or None
        The shard, where it is sent along.
    question : Question
        What is asked.

    Returns
    -------
    str
        Address of the Dask worker that this runs in, or nothing.
    Reply or None
        The answer.
    """
    shards = _held.setdefault(run, {})
    _held.move_to_end(run)
    while len(_held) > RUNS:
        _held.popitem(last=False)
    if i not in shards:
        if data is None:
            return _address(), None
        shards[i] = Shard(data)
    return _address(), shards[i].ask(question)


def _address() -> str:
    # Whoever runs in a worker of Dask has it imported.
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return ""
    try:
        return str(distributed.get_worker().address)
    except ValueError:
        return ""


def _homes(data: Sequence[ShardData], count: int) -> dict[int, int]:
    """Return the process of each shard: about the same work for each process."""
    found: dict[int, int] = {}
    load = [0] * count
    weight = [len(each.theta) * _columns(each) for each in data]
    for i in sorted(range(len(data)), key=lambda i: -weight[i]):
        at = load.index(min(load))
        found[i] = at
        load[at] += weight[i]
    return found


def _columns(data: ShardData) -> int:
    """Return how many columns the recourse of a shard has, which is what a solve takes time for."""
    period = data.blocks.column_period[data.blocks.first :]
    return int(((period < 0) | (period >= data.before)).sum())


def _start() -> subprocess.Popen[bytes] | None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "diversify.solver.worker"]
    try:
        return subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
    except OSError:
        # No more processes, or no memory for one: its part is done here.
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            # Part of a message may still wait for a reader that is gone.
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()


def _send(pipe: IO[bytes] | None, message: Any) -> None:
    if pipe is None:
        raise OSError("the process has no pipe")
    pickle.dump(message, pipe, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _receive(pipe: IO[bytes] | None) -> Any:
    if pipe is None:
        raise OSError("the process has no pipe")
    return pickle.load(pipe)  # noqa: S301 - from our own child process
