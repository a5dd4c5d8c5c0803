"""The command line: each command with its options, from the program itself."""

from __future__ import annotations

import inspect
from typing import Any

import typer
from pieces import cell, code, table

from diversify.cli import outcome
from diversify.cli.app import app

MEANING = {
    "DONE": "solved and certified, or done",
    "FAILED": "a fault of the program itself",
    "REFUSED": "bad input: nothing was solved",
    "INFEASIBLE": "infeasible: the clash is printed",
    "STOPPED_WITH_POINT": "stopped at a limit, with a feasible plan that is not proven cheapest",
    "STOPPED_WITHOUT_POINT": "stopped at a limit without a plan",
    "NOT_CERTIFIED": "the solver's answer did not pass the certificate",
    "INTERRUPTED": "interrupted; the best plan so far is kept",
}


def exit_codes() -> str:
    """Return what each exit code means."""
    return table(
        ["code", "meaning"], [(str(getattr(outcome, n)), cell(t)) for n, t in MEANING.items()]
    )


def commands() -> str:
    """Return a section for each command."""
    program: Any = typer.main.get_command(app)
    parts = []
    for name, command in program.commands.items():
        context = command.make_context(name, [], resilient_parsing=True)
        usage = " ".join(command.collect_usage_pieces(context))
        for inside, outside in (("[[", "["), ("]]", "]"), ("{", ""), ("}", "")):
            usage = usage.replace(inside, outside)
        parts.append(f"## {name}\n\n{_text(command.help)}\n")
        parts.append(f"```text\ndiversify {name} {usage}\n```\n")
        for kind in ("argument", "option"):
            records = (
                p.get_help_record(context) for p in command.params if p.param_type_name == kind
            )
            rows = [(code(r[0].replace("|", " or ")), cell(r[1])) for r in records if r]
            if rows:
                parts.append(table([kind, "meaning"], rows))
    return "\n".join(parts)


def _text(text: str | None) -> str:
    return "\n\n".join(cell(part) for part in inspect.cleandoc(text or "").split("\n\n"))
