"""The middle level of a sweep alone, from nothing."""

from __future__ import annotations

from benchmarks.subjects.sweep_ours import run

__all__ = ["run"]
