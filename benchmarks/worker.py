"""One subject, in a process of its own; the answer is one JSON object on stdout."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from dataclasses import asdict
from typing import Any

from benchmarks.clock import peak_mib
from benchmarks.registry import SUBJECTS, NotInstalledError, Options


def main(arguments: list[str]) -> None:
    """Run a subject as often as asked, or until it has taken so many seconds."""
    name, repeats, options = arguments[0], int(arguments[1]), Options(**json.loads(arguments[2]))
    enough = float(arguments[3]) if len(arguments) > 3 else float("inf")
    (subject,) = (s for s in SUBJECTS if s.name == name)
    with contextlib.redirect_stdout(sys.stderr):
        begin = time.perf_counter()
        run = subject.function()
        imported = time.perf_counter() - begin
        found: list[dict[str, Any]] = []
        peak, missing, begin = None, "", time.perf_counter()
        while len(found) < repeats and (not found or time.perf_counter() - begin < enough):
            try:
                found.append(asdict(run(options)))
            except NotInstalledError as error:
                missing = str(error)
                break
            peak = peak if peak is not None else peak_mib()
    answer = {"import": imported, "repetitions": found, "peak": peak, "missing": missing}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
