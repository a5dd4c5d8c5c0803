"""One subject, in a process of its own; the answer is one JSON object on stdout."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from dataclasses import asdict

from benchmarks.clock import peak_mib
from benchmarks.registry import SUBJECTS, Options


def main(arguments: list[str]) -> None:
    """Run a subject as often as asked."""
    name, repeats, options = arguments[0], int(arguments[1]), Options(**json.loads(arguments[2]))
    (subject,) = (s for s in SUBJECTS if s.name == name)
    with contextlib.redirect_stdout(sys.stderr):
        begin = time.perf_counter()
        run = subject.function()
        imported = time.perf_counter() - begin
        found, peak = [], None
        for number in range(repeats):
            found.append(asdict(run(options)))
            if number == 0:
                peak = peak_mib()
    answer = {"import": imported, "repetitions": found, "peak": peak}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
