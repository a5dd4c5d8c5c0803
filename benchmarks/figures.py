"""The figures behind the tables: kept beside them, so that a part can be measured again alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.works import Entry, Work

HERE = Path(__file__).resolve().parent
OWN = "diversify-supply"  # our own version says nothing about other programs
Figure = dict[str, Any]


def key(entry: Entry, draws: int) -> str:
    """Return the name under which a figure is kept."""
    return "/".join(part for part in (entry.subject, entry.variant, str(draws)) if part)


def stamp(work: Work, entry: Entry, facts: Mapping[str, str], seed: int) -> str:
    """Return what must be the same for a figure to be used again.

    Machine, versions, seed, gap, and the text of the programs that made it.
    """
    parts = [json.dumps({k: v for k, v in facts.items() if k != OWN}, sort_keys=True)]
    parts += [str(seed), repr(work.gap), work.problem, entry.variant]
    files = [HERE / "subjects" / f"{entry.subject}.py", *sorted((HERE / "problems").glob("*.py"))]
    files += [HERE / "plain_highs.py", HERE / "mpisppy_farmer.py", HERE / f"{work.suite}.py"]
    parts += [path.read_text("utf-8") for path in files if path.exists()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


class Figures:
    """Figures by suite, work and entry, in one JSON file.

    Parameters
    ----------
    path : Path or None
        Where they are kept; None keeps them for this run only.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        found = json.loads(path.read_text("utf-8")) if path and path.exists() else {}
        self._all: dict[str, dict[str, dict[str, Figure]]] = found

    def of(self, work: Work) -> dict[str, Figure]:
        """Return the figures of a work, by key."""
        return self._all.setdefault(work.suite, {}).setdefault(work.name, {})

    def recall(self, work: Work, name: str, mark: str, limit: float) -> Figure | None:
        """Return a figure that was measured in the same way before, if there is one."""
        found = self.of(work).get(name)
        if found is None or found["stamp"] != mark or found["note"]:
            return None
        if found["stopped"] and found["limit"] < limit:
            return None
        return found

    def prune(self, work: Work, marks: Mapping[tuple[str, str], str]) -> None:
        """Forget what was measured otherwise: each table is of one machine and one problem.

        Parameters
        ----------
        work : Work
            The work.
        marks : mapping
            The stamp that counts now, by subject and variant.
        """
        mine = self.of(work)
        for name, figure in list(mine.items()):
            if marks.get((figure["subject"], figure["variant"])) != figure["stamp"]:
                del mine[name]

    def keep(self, work: Work, name: str, figure: Figure) -> None:
        """Keep a figure, on disk if there is a file."""
        self.of(work)[name] = figure
        if self._path is not None:
            text = json.dumps(self._all, indent=1, sort_keys=True)
            self._path.write_text(text + "\n", "utf-8")
