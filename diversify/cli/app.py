"""The program: its commands, and what is left when a command cannot even start."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from diversify.cli.check import check
from diversify.cli.compete import compete
from diversify.cli.data import data
from diversify.cli.examples import examples
from diversify.cli.explain import explain
from diversify.cli.frontier import frontier
from diversify.cli.init import init
from diversify.cli.outcome import FAILED, INTERRUPTED, print_json, problem, say
from diversify.cli.report import report
from diversify.cli.schema import schema
from diversify.cli.smps import smps
from diversify.cli.solve import solve
from diversify.cli.stockpile import stockpile
from diversify.cli.stress import stress

app = typer.Typer(
    name="diversify",
    help="Find the cheapest way to source critical minerals within limits on concentration and "
    "disruption risk, with proof.",
    epilog="Begin with: diversify examples; diversify solve first-steps",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
_COMMANDS = (
    examples,
    init,
    check,
    solve,
    frontier,
    stress,
    stockpile,
    explain,
    compete,
    report,
    data,
    schema,
    smps,
)
for _command in _COMMANDS:
    app.command()(_command)


def _version(wanted: bool) -> None:
    if wanted:
        from diversify import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; nothing but the code leaves here.

    Parameters
    ----------
    arguments
        What follows the name of the program; omitted: what the shell gave.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A console that lacks a letter gets its code, and no traceback.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = app(args=given, prog_name="diversify", standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; Python would complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        # Typer brings its own copy of click's errors, so they are known by what they can do.
        if hasattr(error, "show") and hasattr(error, "format_message"):
            return _misused(error, as_json="--json" in given)
        if "--debug" in given:
            raise
        return _failed(error, as_json="--json" in given)


def _failed(error: Exception, *, as_json: bool) -> int:
    message = f"unexpected {type(error).__name__}: {error}"
    say(message)
    if as_json:
        print_json({"status": "failed", "errors": [problem(message, "--debug shows where")]})
    return FAILED


def _misused(error: Any, *, as_json: bool) -> int:
    error.show()
    if as_json:
        message = str(error.format_message())
        print_json({"status": "refused", "errors": [problem(message, "see --help")]})
    return int(error.exit_code)
