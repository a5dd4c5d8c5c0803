"""What the figures were measured with: processor, memory, versions. No names of hosts or people."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "diversify-supply", "highspy", "pyomo", "numpy", "scipy", "pandas", "pydantic", "linopy",
    "cvqp",
)  # fmt: skip


def machine() -> dict[str, str]:
    """Return processor, cores, memory and operating system."""
    return {
        "processor": _processor(),
        "cores": str(
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        ),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that matter."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        model = re.search(r"^model name\s*: (.+)$", path.read_text("utf-8"), re.MULTILINE)
        if model:
            return model[1].strip()
    return platform.processor() or "unknown"


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (AttributeError, ValueError, OSError):
        return "unknown"
