"""What is measured: subjects by name, each a module with a function ``run``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Options:
    """What a run may vary.

    Attributes
    ----------
    case : str
        Name of a bundled case.
    scenarios : int
        For the main job.
    few : int
        For the comparison with other ways to build the same problem.
    seed : int
        Of the scenarios.
    problem, draws, variant : str, int, str
        For the works of other suites: which problem, with how many draws, and in which of the ways
        that the subject knows.
    limit : float
        Seconds that another program may take.
    gap : float
        Relative gap at which a problem counts as solved.
    """

    case: str = "rare-earths"
    scenarios: int = 200
    few: int = 20
    seed: int = 1
    problem: str = ""
    draws: int = 0
    variant: str = ""
    limit: float = 600.0
    gap: float = 1e-4


@dataclass(frozen=True, slots=True)
class Repetition:
    """What one repetition found.

    Attributes
    ----------
    seconds : dict
        By phase, in order.
    sizes : dict
        Rows, columns and the like.
    values : dict
        Results, such as the optimum.
    peak : float or None
        Most memory [MiB], where the work was done in yet another process.
    stopped : bool
        Whether the limit of time was reached.
    """

    seconds: dict[str, float]
    sizes: dict[str, int] = field(default_factory=dict)
    values: dict[str, float | str] = field(default_factory=dict)
    peak: float | None = None
    stopped: bool = False


class NotInstalledError(Exception):
    """Another program is not there; the message says how to have it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to measure.

    Attributes
    ----------
    name : str
        Name of the module in ``benchmarks/subjects``.
    title : str
        Heading of its table.
    group : str
        Subjects of one group do the same work; their optimum must agree.
    limit : dict
        Seconds or MiB that a phase, ``"total"`` or ``"peak"`` must stay under at full size.
    suite : str
        Which command measures it: ``"case"`` is the plain ``python -m benchmarks``.
    """

    name: str
    title: str
    group: str = ""
    limit: dict[str, float] = field(default_factory=dict)
    suite: str = "case"

    def function(self) -> Callable[[Options], Repetition]:
        """Return the function that does one repetition; importing it is not part of it."""
        run: Callable[[Options], Repetition] = import_module(f"benchmarks.subjects.{self.name}").run
        return run


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "main_job",
        "The main job: solve the case, with its policies and fresh scenarios for the risk",
        limit={"total": 20.0, "compile": 1.0, "peak": 1024.0},
    ),
    Subject(
        "startup",
        "Start: a whole process, by the clock on the wall",
        limit={"diversify --help": 1.0, "diversify check": 1.0},
    ),
    Subject("ours", "Extensive form, ours: one template, one compile, stacked arrays", "extensive"),
    Subject("plain_pyomo", "Extensive form, plain Pyomo: a model for each scenario", "extensive"),
    Subject("plain_linopy", "Extensive form, linopy: labelled arrays", "extensive"),
    Subject("scale_ours", "ours", suite="scale"),
    Subject("scale_highs", "HiGHS, extensive form from arrays", suite="scale"),
    Subject("scale_linopy", "linopy, extensive form", suite="scale"),
    Subject("scale_pyomo", "Pyomo, extensive form", suite="scale"),
    Subject("scale_mpisppy", "mpi-sppy", suite="scale"),
    Subject("scale_evaluate", "ours", suite="scale"),
    Subject("scale_warm_loop", "HiGHS, one warm solve after another", suite="scale"),
    Subject("sweep_cold", "one level from nothing", suite="sweep"),
    Subject("sweep_ours", "ours", suite="sweep"),
    Subject("static_ours", "ours", suite="static"),
    Subject("static_highs", "HiGHS, linear problem of Rockafellar and Uryasev", suite="static"),
    Subject("static_cvqp", "cvqp", suite="static"),
)
