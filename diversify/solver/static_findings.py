"""Numbers read one by one, with everything that is wrong noted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diversify.errors import Finding

Vector = NDArray[np.float64]


class Findings:
    """Collects what is wrong."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def add(self, column: str, value: Any, message: str, remedy: str) -> None:
        """Note one thing."""
        shown = None if value is None else str(value)
        self.found.append(
            Finding.error(
                table="allocate", column=column, value=shown, message=message, remedy=remedy
            )
        )

    def numbers(self, name: str, given: Any, *, infinite: bool = False) -> Vector | None:
        """Return an array of numbers, or None after a finding."""
        try:
            values = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError):
            self.add(name, type(given).__name__, "these are not numbers", "give numbers")
            return None
        if values.ndim < 2:
            bad = np.isnan(values) if infinite else ~np.isfinite(values)
            if bad.any():
                where = np.flatnonzero(bad)[:3].tolist()
                self.add(name, f"at {where}", "a number is missing or infinite", "give numbers")
                return None
        return values

    def each(self, name: str, given: Any, count: int, default: float) -> Vector:
        """Return one number for each supplier, 0 or more."""
        values = self.numbers(name, default if given is None else given)
        if values is None:
            return np.full(count, default)
        if values.shape not in ((), (count,)):
            self.add(
                name,
                f"shape {values.shape}",
                "there is not one number for each supplier",
                f"give one number, or {count}",
            )
            return np.full(count, default)
        if (values < 0).any():
            self.add(name, float(values.min()), "a number is below 0", "give 0 or more")
        return np.broadcast_to(values, (count,)).astype(np.float64)
