"""How a command ends: its answer for people or programs, and its exit code."""

from __future__ import annotations

import contextlib
import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

import typer

from diversify.cli.blocks import Block, Line, show
from diversify.cli.figures import shown
from diversify.errors import (
    DiversifyError,
    InfeasibleError,
    InputError,
    NotCertifiedError,
    SolverError,
    StoppedError,
    UnboundedError,
)

DONE = 0
FAILED = 1
REFUSED = 2
INFEASIBLE = 3
STOPPED_WITH_POINT = 4
STOPPED_WITHOUT_POINT = 5
NOT_CERTIFIED = 6
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command found.

    Parameters
    ----------
    data
        The JSON object of ``--json``.
    blocks
        The same for people.
    code
        The exit code.
    """

    data: Mapping[str, Any]
    blocks: tuple[Block, ...] = ()
    code: int = DONE


@dataclass(frozen=True, slots=True)
class _Failure:
    """An outcome that goes to stderr as text."""

    code: int
    changes: dict[str, Any]
    text: str


def conclude(
    work: Callable[[], Outcome],
    *,
    as_json: bool,
    debug: bool = False,
    blank: Mapping[str, Any] | None = None,
) -> NoReturn:
    """Do the work of a command, print what came out, and end with its exit code.

    Parameters
    ----------
    work
        The command; whatever it prints to stdout goes to stderr if stdout is for JSON.
    as_json
        Print one JSON object.
    debug
        Show the traceback of an error that was not raised on purpose.
    blank
        The JSON object of a command that found nothing; a failure fills in what it knows. The
        work may change it as it learns more.
    """
    blank = {} if blank is None else blank
    try:
        with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
            outcome = work()
        text = _dumped(outcome.data) if as_json else ""
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, BrokenPipeError):
            raise
        if debug and not isinstance(error, DiversifyError | KeyboardInterrupt):
            traceback.print_exc()
        failure = _failure(error)
        if isinstance(error, InfeasibleError) and not as_json:
            show([Line(failure.text)])
        else:
            say(failure.text)
        if as_json:
            print_json({**blank, **failure.changes})
        raise typer.Exit(failure.code) from None
    if as_json:
        sys.stdout.write(text)
    else:
        show(outcome.blocks)
    raise typer.Exit(outcome.code)


def say(text: str) -> None:
    """Print text on stderr."""
    sys.stderr.write(f"{shown(text)}\n")
    sys.stderr.flush()


def print_json(data: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout."""
    sys.stdout.write(_dumped(data))


def problem(message: str, remedy: str = "") -> dict[str, Any]:
    """Return an error that is no finding in the input, with the keys of one."""
    keys = ("table", "row", "column", "value", "file")
    known = {"severity": "error", "message": message, "remedy": remedy, "code": ""}
    return dict.fromkeys(keys) | known


def progress(quiet: bool) -> Callable[[str], None]:
    """Return what shows each phase on stderr as it begins, or does nothing."""
    since = time.perf_counter()

    def report(phase: str) -> None:
        if not quiet:
            say(f"{time.perf_counter() - since:7.1f} s  {phase}")

    return report


def _dumped(data: Mapping[str, Any]) -> str:
    # ASCII, so that no console can spoil it; NaN is no JSON.
    return json.dumps(data, allow_nan=False, default=_number) + "\n"


def _number(value: Any) -> Any:
    if hasattr(value, "item"):  # a number of numpy
        return value.item()
    raise TypeError(f"{type(value).__name__} is no JSON")


def _failure(error: BaseException) -> _Failure:
    text = str(error)
    match error:
        case KeyboardInterrupt():
            return _made(INTERRUPTED, "stopped", f"interrupted {text}".rstrip())
        case InputError():
            return _refused(error)
        case InfeasibleError():
            return _infeasible(error)
        case UnboundedError():
            remedy = "look for a cost, price or resale value that pays for itself"
            return _made(REFUSED, "unbounded", text, remedy)
        case StoppedError():
            return _made(STOPPED_WITHOUT_POINT, "stopped", text, "give it more time")
        case NotCertifiedError():
            return _made(NOT_CERTIFIED, "stopped", text, "no plan is given without its proof")
        case SolverError():
            return _made(STOPPED_WITHOUT_POINT, "stopped", text)
        case MemoryError():
            remedy = "ask for fewer scenarios or workers"
            return _made(REFUSED, "refused", "there is not enough memory", remedy)
        case DiversifyError():
            return _made(FAILED, "failed", text)
        case OSError(filename=str(path), strerror=str(reason)):
            return _made(REFUSED, "refused", f"{path}: {reason}", "give a path that can be used")
        case _:
            name = type(error).__name__
            remedy = "this is a fault of diversify; --debug shows where"
            return _made(FAILED, "failed", f"unexpected {name}: {text}" if text else name, remedy)


def _made(code: int, status: str, message: str, remedy: str = "") -> _Failure:
    changes = {"status": status, "errors": [problem(message, remedy)]}
    return _Failure(code, changes, f"{message}; {remedy}" if remedy else message)


def _refused(error: InputError) -> _Failure:
    errors = [asdict(found) for found in error.findings if found.severity == "error"]
    warnings = [found for found in error.findings if found.severity == "warning"]
    lines = [str(error)]
    if warnings:
        lines.append(f"{len(warnings)} warning{'' if len(warnings) == 1 else 's'}:")
        lines += [f"- {found}" for found in warnings]
    changes = {"status": "refused", "errors": errors, "warnings": [str(w) for w in warnings]}
    return _Failure(REFUSED, changes, "\n".join(lines))


def _infeasible(error: InfeasibleError) -> _Failure:
    changes: dict[str, Any] = {"status": "infeasible", "sentence": str(error), "errors": []}
    if error.conflict is not None:
        changes["conflict"] = error.conflict.records()
        changes["smallest"] = dict(error.conflict.smallest)
    return _Failure(INFEASIBLE, changes, str(error))
