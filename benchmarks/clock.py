"""Seconds by phase, and the most memory that this process has held."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Clock:
    """Collects the seconds of named phases."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        begin = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin

    def total(self) -> dict[str, float]:
        """Return the phases and their sum."""
        return {**self.seconds, "total": sum(self.seconds.values())}


def peak_mib() -> float | None:
    """Return the most memory that this process has held [MiB], None where it cannot be known."""
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss of a child starts at what its parent held; VmHWM starts anew with the program.
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 1024
