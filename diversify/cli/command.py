"""What commands have in common: groups of options, and how a run begins and ends."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, NoReturn, get_type_hints

from diversify.cli.options import AsJson, Debug, Force, Out, Quiet
from diversify.cli.outcome import Outcome, conclude
from diversify.cli.progress import Progress


def grouped(function: Callable[..., None]) -> Callable[..., None]:
    """Return the command whose parameters that are groups of options are replaced by the options.

    A group is a dataclass; the program shows each of its fields as an option, and the command gets
    the record.

    Parameters
    ----------
    function
        The command.

    Examples
    --------
    >>> @grouped
    ... def stop(ending: Ending) -> None:
    ...     print(ending.out, ending.debug)
    >>> list(inspect.signature(stop).parameters)
    ['out', 'force', 'as_json', 'debug']
    >>> stop(out=None, force=False, as_json=False, debug=True)
    None True
    """
    groups: dict[str, Any] = {}
    options: list[inspect.Parameter] = []
    for option in inspect.signature(function, eval_str=True).parameters.values():
        if is_dataclass(option.annotation):
            groups[option.name] = option.annotation
            options += _options(option.annotation)
        else:
            options.append(option.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(function)
    def run(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{part.name: given.pop(part.name) for part in fields(group)})
        function(**given)

    vars(run)["__signature__"] = inspect.Signature(options)
    run.__annotations__ = {option.name: option.annotation for option in options}
    return run


def _options(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            part.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if part.default is MISSING else part.default,
            annotation=hints[part.name],
        )
        for part in fields(group)
    ]


@dataclass(frozen=True, slots=True)
class Ending:
    """Where the answer of a command goes."""

    out: Out = None
    force: Force = False
    as_json: AsJson = False
    debug: Debug = False

    def conclude(
        self, work: Callable[[], Outcome], *, mark: str, blank: Mapping[str, Any] | None = None
    ) -> NoReturn:
        """Do the work of a command unless ``--out`` may not be written to, and end.

        Parameters
        ----------
        work
            The command.
        mark
            The file by which an earlier result in the folder of ``--out`` is known.
        blank
            As in :func:`diversify.cli.outcome.conclude`.
        """

        def allowed() -> Outcome:
            from diversify.cli.folders import refuse_taken

            refuse_taken(self.out, force=self.force, mark=mark)
            return work()

        conclude(allowed, as_json=self.as_json, debug=self.debug, blank=blank)

    def write(self, files: Mapping[str, str]) -> str | None:
        """Write text files, by name, to the folder of ``--out`` if there is one; return it."""
        if self.out is None:
            return None
        from diversify.cli.folders import write_files

        return str(write_files(self.out, files))


@dataclass(frozen=True, slots=True)
class Run(Ending):
    """Where the answer of a command goes that takes long enough to show its progress."""

    quiet: Quiet = False

    def conclude_run(
        self, work: Callable[[Progress], Outcome], *, mark: str, blank: Mapping[str, Any]
    ) -> NoReturn:
        """Do the work of a command as ``conclude`` does, and show its progress on stderr.

        Parameters
        ----------
        work
            The command, which tells the progress of each phase.
        mark, blank
            As in ``conclude``.
        """
        report = Progress(self.quiet)

        def told() -> Outcome:
            try:
                return work(report)
            finally:
                report.end()

        self.conclude(told, mark=mark, blank=blank)


def indented(data: Mapping[str, Any]) -> str:
    """Return the text of a JSON file that people may read."""
    return json.dumps(data, indent=1, allow_nan=False) + "\n"
