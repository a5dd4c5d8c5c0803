"""A process that answers for shards: questions come in on stdin, answers go out on stdout."""

from __future__ import annotations

import os
import pickle
import signal
import sys

from diversify.solver.learnt import learnt, teach
from diversify.solver.shard import Shard


def main() -> None:
    """Answer until the pipe closes."""
    # An interrupt goes to the whole group of processes; the parent decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not get between the answers.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    shards: dict[int, Shard] = {}
    while True:
        try:
            fresh, taught, chosen, question = pickle.load(sys.stdin.buffer)  # noqa: S301 - our parent
        except EOFError:
            return
        answer: object
        try:
            shards.update({i: Shard(data) for i, data in fresh.items()})
            for i, bases in taught.items():
                teach(shards[i], bases)
            if question is None:
                answer = learnt(shards)
            else:
                answer = [shards[i].ask(question) for i in chosen]
        except Exception as error:
            answer = error
        pickle.dump(answer, out, protocol=pickle.HIGHEST_PROTOCOL)
        out.flush()


if __name__ == "__main__":
    main()
