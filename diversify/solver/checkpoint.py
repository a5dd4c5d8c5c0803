"""A search on disk: written whole or not at all, and never read for another problem."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import EXPECTED
from diversify.errors import Finding, InputError
from diversify.risk.mean_cvar import MeanCvar
from diversify.solver.cuts import Cut
from diversify.solver.flat_cuts import cuts_from, flattened
from diversify.solver.learnt import Bases, bases_from, flattened_bases

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
FORMAT = 1
MANIFEST = "checkpoint.json"
STATE, FRESH = "state-", ".fresh-"
AGAIN = "delete the folder to begin anew, or name another"


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a search was.

    Attributes
    ----------
    level : int
        Scenarios that were asked of the sample; 0 where all were looked at.
    mark : str
        SHA-256 of probabilities and clusters of that level.
    iterations : int
        Plans looked at in that level.
    decided : bool
        Whether only plans with whole decisions counted.
    done : bool
        Whether the plan was certified.
    cost, bound : float
        As the search had them, offset included [USD]; for the reader, nothing is proven by them.
    threshold : float or None
        Cost beyond which a scenario counted for the tail [USD].
    radius : float
        Of the trust region, infinite where there is none.
    step : float
        Part of the way to the master's point that was gone.
    plan, scale : numpy.ndarray
        Plan to go on from, and the scale of the trust region, shape (first,).
    price, fine : numpy.ndarray
        Of each row in expectation, shape (R,).
    last : numpy.ndarray
        Prices whose recourse the best plan mixes, shape (n, R).
    cuts : list of Cut
        Of the master.
    bases : dict
        What the banks of the shards hold, shape (bases, rows) by shard.
    """

    level: int
    mark: str
    iterations: int
    decided: bool
    done: bool
    cost: float
    bound: float
    threshold: float | None
    radius: float
    step: float
    plan: Vector
    scale: Vector
    price: Vector
    fine: Vector
    last: Vector
    cuts: list[Cut]
    bases: Bases = field(default_factory=dict)


class Checkpoint:
    """A folder in which the state of one search is kept.

    The manifest names the file of arrays and its digest, and is replaced last; so there is a whole
    state at every moment, the old one or the new one.

    Parameters
    ----------
    folder : pathlib.Path
        Made where it does not exist.
    problem : str
        Digest of what is solved, from :func:`problem_digest`.

    Raises
    ------
    InputError
        If the folder holds anything other than a checkpoint.
    """

    def __init__(self, folder: Path, problem: str) -> None:
        self.folder = folder
        self.problem = problem
        if folder.exists() and not folder.is_dir():
            _refuse(folder, "a file is there already", "name a folder")
        folder.mkdir(parents=True, exist_ok=True)
        names = (path.name for path in folder.iterdir())
        others = sorted(n for n in names if n != MANIFEST and not n.startswith((STATE, FRESH)))
        if others:
            _refuse(
                folder,
                f"the folder holds something other than a checkpoint: {', '.join(others[:3])}",
                "name another folder",
            )

    def write(self, saved: Saved) -> None:
        """Replace what is in the folder.

        Parameters
        ----------
        saved : Saved
            The new state.
        """
        buffer = io.BytesIO()
        np.savez(
            buffer,
            allow_pickle=False,
            plan=saved.plan,
            scale=saved.scale,
            price=saved.price,
            fine=saved.fine,
            last=saved.last,
            **flattened(saved.cuts, len(saved.price)),
            **flattened_bases(saved.bases),
        )
        content = buffer.getvalue()
        name = f"{STATE}{secrets.token_hex(8)}.npz"
        manifest = {
            "format": FORMAT,
            "problem": self.problem,
            "state": name,
            "digest": hashlib.sha256(content).hexdigest(),
            "level": saved.level,
            "mark": saved.mark,
            "iterations": saved.iterations,
            "decided": saved.decided,
            "done": saved.done,
            "cost": _finite(saved.cost),
            "bound": _finite(saved.bound),
            "threshold": saved.threshold,
            "radius": _finite(saved.radius),
            "step": saved.step,
            "cuts": len(saved.cuts),
            "bases": sum(len(part) for part in saved.bases.values()),
        }
        old = [path for path in self.folder.iterdir() if path.name.startswith((STATE, FRESH))]
        self._put(name, content)
        self._put(MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
        for path in old:
            path.unlink(missing_ok=True)

    def _put(self, name: str, content: bytes) -> None:
        fresh = self.folder / f"{FRESH}{name}"
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / name)
        if os.name == "posix":
            # The new name itself is on disk only when the folder is.
            handle = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def read(self, blocks: Blocks) -> Saved | None:
        """Return what the folder holds, or None where it is empty.

        Parameters
        ----------
        blocks : Blocks
            The compiled problem, whose shapes everything must have.

        Returns
        -------
        Saved or None
            Checked as a whole.

        Raises
        ------
        InputError
            If it is damaged, or of another problem or version.
        """
        path = self.folder / MANIFEST
        if not path.exists():
            return None
        try:
            manifest = json.loads(path.read_bytes())
            version, problem = manifest["format"], manifest["problem"]
        except (ValueError, KeyError, TypeError):
            _refuse(path, "the checkpoint is damaged: it cannot be read", AGAIN)
        if version != FORMAT:
            _refuse(
                path,
                f"the checkpoint has format {version}, and this version reads {FORMAT}",
                f"use the version that wrote it, or {AGAIN}",
            )
        if problem != self.problem:
            _refuse(
                path,
                "the checkpoint is of another problem: case, policies, scenarios, seed or "
                "objective differ",
                f"repeat the command that wrote it, or {AGAIN}",
            )
        return self._state(manifest, blocks)

    def _state(self, manifest: dict[str, Any], blocks: Blocks) -> Saved:
        path = self.folder / str(manifest.get("state"))
        try:
            content = path.read_bytes()
        except OSError:
            _refuse(path, "the checkpoint is damaged: this file is missing", AGAIN)
        if hashlib.sha256(content).hexdigest() != manifest.get("digest"):
            _refuse(path, "the checkpoint is damaged: the file has other content", AGAIN)
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in arrays.files}
            saved = Saved(
                int(manifest["level"]),
                str(manifest["mark"]),
                int(manifest["iterations"]),
                bool(manifest["decided"]),
                bool(manifest["done"]),
                _number(manifest["cost"], np.inf),
                _number(manifest["bound"], -np.inf),
                None if manifest["threshold"] is None else float(manifest["threshold"]),
                _number(manifest["radius"], np.inf),
                float(manifest["step"]),
                found["plan"],
                found["scale"],
                found["price"],
                found["fine"],
                found["last"],
                cuts_from(found, blocks.first, len(blocks.rows)),
                bases_from(found),
            )
        except (ValueError, KeyError, TypeError, OSError) as error:
            _refuse(path, f"the checkpoint is damaged: {error}", AGAIN)
        rows = int((blocks.stage == EXPECTED).sum())
        shapes = (saved.plan.shape, saved.scale.shape, saved.price.shape, saved.fine.shape)
        fits = shapes == ((blocks.first,), (blocks.first,), (rows,), (rows,))
        if not fits or saved.last.shape[1:] != (rows,) or not np.isfinite(saved.plan).all():
            _refuse(path, "the checkpoint is damaged: arrays have other shapes", AGAIN)
        return saved


def problem_digest(
    blocks: Blocks, theta: Vector, probability: Vector, news: Index, objective: MeanCvar
) -> str:
    """Return SHA-256 over everything that the optimum depends on.

    Parameters
    ----------
    blocks : Blocks
        The compiled problem.
    theta : numpy.ndarray
        Data of each distinct scenario, shape (S, P).
    probability, news : numpy.ndarray
        Shape (S,).
    objective : MeanCvar
        What is minimised.

    Returns
    -------
    str
        Gap and limits of time are not part of it: cuts hold for any.
    """
    digest = hashlib.sha256()
    digest.update("\x1f".join([*blocks.columns, "", *blocks.rows]).encode())
    digest.update(f"{blocks.first} {blocks.offset!r} {objective!r}".encode())
    affine = (blocks.entries, blocks.right, blocks.cost)
    sparse = [blocks.matrix, *(part.slope for part in affine)]
    arrays = [a for m in sparse for a in (m.indptr, m.indices, m.data)]
    arrays += [part.base for part in affine]
    arrays += [blocks.lower, blocks.upper, blocks.integer, blocks.sense, blocks.stage]
    arrays += [blocks.column_period, blocks.row_period, blocks.twin, theta, probability, news]
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    return digest.hexdigest()


def level_mark(probability: Vector, cluster: Index) -> str:
    """Return SHA-256 over what a level's cuts are counted in."""
    digest = hashlib.sha256(np.ascontiguousarray(probability).tobytes())
    digest.update(np.ascontiguousarray(cluster).tobytes())
    return digest.hexdigest()


def refuse_level(folder: Path) -> NoReturn:
    """Refuse a checkpoint whose clusters are not those of this version."""
    _refuse(
        folder / MANIFEST,
        "the checkpoint is of another version of diversify: it groups the scenarios otherwise",
        f"use the version that wrote it, or {AGAIN}",
    )


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _number(value: float | None, missing: float) -> float:
    return missing if value is None else float(value)


def _refuse(path: Path, message: str, remedy: str) -> NoReturn:
    raise InputError(
        [Finding.error(table="checkpoint", message=message, remedy=remedy, file=str(path))]
    )
