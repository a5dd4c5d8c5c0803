"""Memory: what a batch needs, estimated before it is taken, and what this machine has."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED
from diversify.errors import Finding, InputError
from diversify.solver.evaluation import scenario_forms

NUMBER = 8
# Bytes of a draw beyond its values: its label, its place, its probability, twice.
LABEL = 200
# Bytes of the extensive form and its solver for each non-zero, measured with HiGHS 1.15.1.
NONZERO = 300
# Arrays of a scenario's answers that exist at once: those of a shard, those of all, a mix.
REPLIES = 3
GIGA = 1e9


def available() -> int | None:
    """Return how many bytes this process can still take, or None where nobody can say.

    The least of what the system has free and what is left within the control groups of the
    process, where there are any.
    """
    found = [_free(), *_groups()]
    known = [size for size in found if size is not None]
    return max(0, min(known)) if known else None


def _free() -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    # Without it, what is free is not known; all there is bounds it.
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _groups() -> list[int]:
    """Return what is left within each control group of this process and those above it."""
    found = []
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, kinds, name = line.split(":", 2)
            if not kinds:
                root, limit, used = Path("/sys/fs/cgroup"), "memory.max", "memory.current"
            elif "memory" in kinds.split(","):
                root = Path("/sys/fs/cgroup/memory")
                limit, used = "memory.limit_in_bytes", "memory.usage_in_bytes"
            else:
                continue
            group = root / name.lstrip("/")
            for folder in (group, *group.parents):
                if folder != root and root not in folder.parents:
                    break
                # "max" is no number: no limit.
                with contextlib.suppress(OSError, ValueError):
                    most = int((folder / limit).read_text(encoding="ascii"))
                    found.append(most - int((folder / used).read_text(encoding="ascii")))
    return found


def draws(count: int, hazards: int, periods: int, joint: int = 0) -> int:
    """Return the bytes that a batch of draws takes while it is made.

    Parameters
    ----------
    count, hazards, periods : int
        S, H and T.
    joint : int
        Number of hazards that a copula joins.

    Returns
    -------
    int
        The values, four numbers for each period of one hazard while it is drawn, and three for
        each of those that are joined.

    Examples
    --------
    >>> round(draws(1_000_000, 10, 12) / 1e9, 2)
    1.54
    """
    return count * (NUMBER * periods * (hazards + 4 + 3 * joint) + LABEL)


def data(count: int, symbols: int) -> int:
    """Return the bytes that the data of distinct scenarios take while they are put together.

    Parameters
    ----------
    count, symbols : int
        S and P.

    Returns
    -------
    int
        The matrix and its parts.
    """
    return 2 * NUMBER * count * symbols


def decomposed(blocks: Blocks, count: int, workers: int = 1) -> int:
    """Return the bytes that a decomposition takes beyond the data themselves.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    count : int
        Number of distinct scenarios S.
    workers : int
        Processes; those beyond this one hold the data once more.

    Returns
    -------
    int
        Copies of the data in shards, and the answers of all scenarios.
    """
    copies = 1 if workers <= 1 else 2
    answers = REPLIES * (3 + len(scenario_forms(blocks)) + int((blocks.stage == EXPECTED).sum()))
    return count * NUMBER * (copies * blocks.right.slope.shape[1] + answers)


def extensive(nonzeros: int) -> int:
    """Return the bytes that the extensive form takes until it is solved.

    Parameters
    ----------
    nonzeros : int
        About how many it has.

    Returns
    -------
    int
        Arrays while they are stacked, and the solver's own.
    """
    return NONZERO * nonzeros


def check(what: str, need: int, count: int, remedy: str = "") -> None:
    """Refuse to take more memory than there is.

    Parameters
    ----------
    what : str
        What needs it, in words.
    need : int
        Estimate in bytes.
    count : int
        Scenarios that it is for; the need grows with them.
    remedy : str
        What else would help.

    Raises
    ------
    InputError
        With the estimate, and how many scenarios would fit.

    Examples
    --------
    >>> check("one number", 8, 1)
    """
    free = available()
    if free is None or need <= free:
        return
    fit = int(count * free / need)
    ask = f"about {_rounded(fit)} scenarios would fit" if fit else "not even one would fit"
    raise InputError(
        [
            Finding.error(
                table="scenarios",
                value=str(count),
                message=f"{what} needs about {need / GIGA:.3g} GB of memory, and "
                f"{free / GIGA:.3g} GB are free",
                remedy=f"{ask}{f', or {remedy}' if remedy else ''}",
                code="77",
            )
        ]
    )


def _rounded(count: int) -> str:
    """Return a number rounded down to two digits."""
    unit = 10 ** max(0, len(str(count)) - 2)
    return f"{count // unit * unit:,}"
