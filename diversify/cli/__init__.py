"""The command line: one command a file, everything else behind the library's own functions."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments
        What follows the name of the program; omitted: what the shell gave.
    """
    from diversify.cli.app import run

    return run(arguments)
