"""What the suites measure: works, each done by several contenders on the same draws."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """One contender at one size.

    Attributes
    ----------
    subject : str
        Name in the registry.
    draws, quick : int
        Scenarios drawn, at full size and in a quick run; 0 leaves the entry out.
    variant : str
        Which of the ways that the subject knows.
    title : str
        Added to the title of the subject.
    doubling : bool
        Start with ``draws`` and double them until the limit of time is reached. Then the first
        contender of the work is measured at the largest size that was solved, too.
    exact : bool
        Whether its optimum must agree; what another method misses is shown all the same.
    """

    subject: str
    draws: int
    quick: int
    variant: str = ""
    title: str = ""
    doubling: bool = False
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Work:
    """A problem that several contenders solve.

    Attributes
    ----------
    suite : str
        The command that measures it.
    name : str
        For ``--only``.
    title : str
        Heading of its table.
    problem : str
        Which problem (``benchmarks/problems``, or the name of a bundled case).
    entries : tuple of Entry
        The first contender is the one that the others are compared with.
    text : str
        What one should know to read the table.
    gap : float
        Relative gap asked of a method that iterates.
    agree : float
        Relative difference between optima beyond which the run fails.
    published : dict
        Optimum that is known, by number of draws, with where it is from.
    """

    suite: str
    name: str
    title: str
    problem: str
    entries: tuple[Entry, ...]
    text: str = ""
    gap: float = 1e-6
    agree: float = 1e-5
    published: dict[int, tuple[float, str]] = field(default_factory=dict)


WORKS: tuple[Work, ...] = (
    Work(
        "scale",
        "rare-earths",
        "The bundled case rare-earths, all buyers, with its policies",
        "rare-earths",
        (
            Entry("scale_ours", 100_000, 30),
            Entry("scale_ours", 1_000_000, 0),
            Entry("scale_highs", 50, 10, doubling=True),
        ),
        "The draws are doubled until HiGHS needs longer than the limit.",
        gap=1e-4,
        agree=2e-4,
    ),
    Work(
        "scale",
        "sourcing",
        "Sourcing from 20 suppliers in 10 countries, 12 periods, spot market, stock",
        "sourcing",
        (
            Entry("scale_ours", 100_000, 200),
            Entry("scale_ours", 1_000_000, 0),
            Entry("scale_ours", 300, 20),
            Entry("scale_highs", 300, 20),
            Entry("scale_linopy", 300, 20),
            Entry("scale_pyomo", 300, 20),
        ),
        "The recourse is 12 rows by 276 columns once rows of one variable are bounds.",
        gap=1e-4,
        agree=2e-4,
    ),
    Work(
        "scale",
        "farmer-mpi-sppy",
        "The farmer with the yields of the example of mpi-sppy",
        "farmer-mpi-sppy",
        (
            Entry("scale_ours", 3_000, 30),
            Entry("scale_mpisppy", 3_000, 30, "lshaped", "L-shaped"),
            Entry("scale_mpisppy", 3_000, 30, "extensive", "extensive form"),
            Entry("scale_highs", 3_000, 30),
        ),
        published={3: (-108_390.0, "Birge & Louveaux")},
    ),
    Work(
        "scale",
        "farmer",
        "The farmer with yields drawn",
        "farmer",
        (
            Entry("scale_ours", 1_000_000, 300),
            Entry("scale_ours", 3_000, 3),
            Entry("scale_highs", 3_000, 3),
        ),
        published={3: (-108_390.0, "Birge & Louveaux")},
    ),
    Work(
        "scale",
        "lands",
        "LandS with every combination of 100 levels of three demands",
        "lands",
        (
            Entry("scale_ours", 1_000_000, 216),
            Entry("scale_ours", 1_000, 27),
            Entry("scale_highs", 1_000, 27),
        ),
        "The published optimum is exact (rational arithmetic).",
        published={1_000_000: (225.6294001, "Linderoth, Shapiro & Wright's batch")},
    ),
    Work(
        "scale",
        "facility",
        "Facility location, 16 sites to open or not, 50 customers, mean and CVaR 0.9",
        "facility",
        (
            Entry("scale_ours", 1_000, 3),
            Entry("scale_highs", 1_000, 3),
            Entry("scale_ours", 20, 0),
            Entry("scale_highs", 20, 0),
        ),
        gap=1e-4,
        agree=2e-4,
    ),
    Work(
        "scale",
        "evaluate",
        "The exact expected recourse cost of one plan, same problem as sourcing",
        "sourcing",
        (
            Entry("scale_evaluate", 1_000_000, 500),
            Entry("scale_warm_loop", 1_000_000, 500),
        ),
        "The loop goes through the distinct scenarios in sorted order, each from the last basis.",
        agree=1e-8,
    ),
    *(
        Work(
            "static",
            name,
            f"Purchases split among 50 suppliers, CVaR 0.95 at most {times} times that of equal "
            "shares",
            "static",
            (
                Entry("static_ours", 100_000, 500, times),
                Entry("static_ours", 1_000_000, 0, times),
                Entry("static_ours", 10_000, 0, times),
                Entry("static_highs", 10_000, 500, times),
                Entry("static_highs", 100_000, 0, times),
                Entry("static_cvqp", 10_000, 500, times, exact=False),
                Entry("static_cvqp", 100_000, 0, times, exact=False),
            ),
            "Residual: by how much the split breaks its limits, the tail computed anew.",
            agree=1e-6,
        )
        for name, times in (("split", "1.1"), ("split-loose", "1.3"))
    ),
)


def of_suite(suite: str) -> list[Work]:
    """Return the works of a suite, in order."""
    return [work for work in WORKS if work.suite == suite]


def suites() -> list[str]:
    """Return the names of the suites, in order."""
    return list(dict.fromkeys(work.suite for work in WORKS))
