"""mpi-sppy on its own farmer example; run by the Python that has mpi-sppy.

``python mpisppy_farmer.py lshaped|extensive SCENARIOS`` prints one JSON object. It imports nothing
of this project.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import time
from importlib.metadata import version
from typing import Any

import pyomo.environ as pyo
from mpisppy.tests.examples import farmer  # type: ignore[import-not-found]


def main() -> None:
    method, count = sys.argv[1], int(sys.argv[2])
    with contextlib.redirect_stdout(sys.stderr):
        begin = time.perf_counter()
        optimum, sizes = {"lshaped": lshaped, "extensive": extensive}[method](count)
        seconds = time.perf_counter() - begin
    answer = {
        "seconds": {"build and solve": seconds},
        "optimum": optimum,
        "sizes": {"draws": count, "distinct": count, **sizes},
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "versions": ", ".join(f"{p} {version(p)}" for p in ("mpi-sppy", "pyomo", "highspy")),
    }
    print(json.dumps(answer))


def lshaped(count: int) -> tuple[float, dict[str, int]]:
    from mpisppy.opt.lshaped import LShapedMethod  # type: ignore[import-not-found]

    options = {
        "root_solver": "highs",
        "sp_solver": "highs",
        "max_iter": 1_000,
        "tol": 1e-6,
        "verbose": False,
    }
    solver = LShapedMethod(options, *_example(count), scenario_creator_kwargs=_arguments(count))
    solver.lshaped_algorithm()
    return float(pyo.value(solver.root.obj)), {"iterations": int(solver.iter) + 1}


def extensive(count: int) -> tuple[float, dict[str, int]]:
    from mpisppy.opt.ef import ExtensiveForm  # type: ignore[import-not-found]

    options = {"solver": "appsi_highs"}
    solver = ExtensiveForm(options, *_example(count), scenario_creator_kwargs=_arguments(count))
    solver.solve_extensive_form()
    return float(solver.get_objective_value()), {}


def _example(count: int) -> tuple[list[str], Any]:
    return farmer.scenario_names_creator(count), farmer.scenario_creator


def _arguments(count: int) -> dict[str, int]:
    return {"num_scens": count}


if __name__ == "__main__":
    main()
