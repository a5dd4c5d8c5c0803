"""The farmer of mpi-sppy, solved by mpi-sppy, in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from benchmarks.registry import NotInstalledError, Options, Repetition

PROGRAM = Path(__file__).resolve().parents[1] / "mpisppy_farmer.py"
VARIABLE = "DIVERSIFY_MPISPPY_PYTHON"


def run(options: Options) -> Repetition:
    """Run the example with the Python that the environment names."""
    python = os.environ.get(VARIABLE)
    if not python:
        raise NotInstalledError(f"set {VARIABLE} to a Python that has mpi-sppy")
    command = [python, str(PROGRAM), options.variant, str(options.draws)]
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, timeout=options.limit + 30.0
        )
    except subprocess.TimeoutExpired:
        return Repetition({"total": options.limit}, stopped=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return Repetition(
        found["seconds"],
        found["sizes"],
        {"optimum": found["optimum"], "versions": found["versions"]},
        peak=found["peak"],
        stopped=sum(found["seconds"].values()) > options.limit,
    )
