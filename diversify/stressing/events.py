"""Events: real shocks with their date, source, facts and effects, as TOML holds them."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from diversify.case.bundled import data_path
from diversify.case.findings import did_you_mean, listing
from diversify.errors import Finding, InputError

Place = Literal["country", "bloc", "owner", "site", "corridor", "any"]
Stage = Literal["mine", "refine", "make", "recycle"]
Names = tuple[str, ...]


class Effect(BaseModel):
    """One thing that an event does, from when and for how long.

    Parameters
    ----------
    by : {"country", "bloc", "owner", "site", "corridor", "any"}
        What it strikes.
    name : str
        Which one; nothing with ``any``.
    stage : str, optional
        Only sites of this stage, or what leaves them.
    materials : tuple of str
        Only these materials or commodities; omitted: those of the event, else all.
    exports_only : bool
        Whether only what crosses the border is struck.
    destination : str, optional
        Country or bloc: only what goes to buyers and sites there.
    spares : tuple of str
        Countries or blocs whose buyers are not struck.
    severity : float, optional
        Share of supply that is lost, above 0 and at most 1.
    price_multiple, demand_multiple : float, optional
        Times the price that buyers pay, and times their demand.
    start_months : float
        When it begins, from the beginning of the event on.
    months : float
        How long it lasts.
    announced_months : float
        How long before it begins it is announced.
    basis : {"fact", "assumed"}
        Whether the numbers follow from the facts of the event, or are assumed.
    note : str
        How.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Place = "any"
    name: str = ""
    stage: Stage | None = None
    materials: Names = ()
    exports_only: bool = False
    destination: str | None = None
    spares: Names = ()
    severity: float | None = Field(default=None, gt=0, le=1)
    price_multiple: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    demand_multiple: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    start_months: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    months: float = Field(gt=0, allow_inf_nan=False)
    announced_months: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    basis: Literal["fact", "assumed"] = "assumed"
    note: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.severity is None and self.price_multiple is None and self.demand_multiple is None:
            raise ValueError("it does nothing: give severity, price_multiple or demand_multiple")
        if (self.by == "any") != (not self.name):
            raise ValueError("by and name belong together: give both, or neither")
        if self.demand_multiple is not None and self.by not in ("any", "country", "bloc"):
            raise ValueError("demand is that of buyers: write by country or bloc, or leave it out")
        if self.demand_multiple is not None and (self.severity or self.stage or self.exports_only):
            raise ValueError("demand has no stage, exports or severity: write an effect of its own")
        return self

    @property
    def sentence(self) -> str:
        """The effect in words."""
        what = []
        if self.severity is not None:
            noun = "exports" if self.exports_only else "supply"
            what.append(f"{100 * self.severity:g} % of {noun} lost")
        if self.price_multiple is not None:
            what.append(f"{self.price_multiple:g} times the price")
        if self.demand_multiple is not None:
            what.append(f"{self.demand_multiple:g} times the demand")
        parts = [" and ".join(what)]
        parts += [f"from {self.name}"] if self.name and self.demand_multiple is None else []
        parts += [f"in {self.name}"] if self.name and self.demand_multiple is not None else []
        parts += [f"to {self.destination}"] if self.destination else []
        parts += [f"at the {self.stage} stage"] if self.stage else []
        parts += [f"of {listing(list(self.materials), 4)}"] if self.materials else []
        parts.append(f"for {self.months:g} months")
        parts += [f"from month {self.start_months:g} on"] if self.start_months else []
        return " ".join(parts)


class Event(BaseModel):
    """A shock that happened, or that somebody thinks of.

    Parameters
    ----------
    id : str
        Such as ``CHN-REE-2010``.
    title : str
        What it is, in one line.
    since : str
        When it began, ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
    source : str
        Where the facts are from.
    facts : tuple of str
        What is known.
    disruptions : tuple of str
        Its rows in the table ``disruptions``.
    materials : tuple of str
        What its effects strike, where they do not say.
    effect : tuple of Effect
        At least one.

    Examples
    --------
    >>> find_event("CHN-REE-2010").since
    '2010-07'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    title: str
    since: str = Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")
    source: str = ""
    facts: Names = ()
    disruptions: Names = ()
    materials: Names = ()
    effect: tuple[Effect, ...] = Field(min_length=1)

    @property
    def months(self) -> float:
        """When the last effect ends, from the beginning on."""
        return max(e.start_months + e.months for e in self.effect)

    @property
    def since_months(self) -> float:
        """When it began, as :func:`month_number` counts."""
        return month_number(self.since)

    def materials_of(self, effect: Effect) -> Names:
        """Return the materials that an effect strikes; none means all."""
        return effect.materials or self.materials


def month_number(date: str) -> float:
    """Return a date as months since the year 0; a day is a part of its month.

    Examples
    --------
    >>> month_number("2010-07") - month_number("2010"), month_number("2010-01-16") % 12
    (6.0, 0.5)
    """
    parts = [int(part) for part in date.split("-")]
    year, month, day = (*parts, *(1, 1)[len(parts) - 1 :])
    return 12.0 * year + month - 1 + (day - 1) / 30


@cache
def bundled_events() -> tuple[Event, ...]:
    """Return the events that come with the library, by date.

    Examples
    --------
    >>> [event.id for event in bundled_events()][:2]
    ['CHN-REE-2010', 'IDN-NI-2014']
    """
    found = read_events(data_path("stress_events.toml"))
    return tuple(sorted(found, key=lambda event: (event.since, event.id)))


def find_event(name: str, known: Iterable[Event] | None = None) -> Event:
    """Return the event of this id; an unknown one is an InputError with the nearest ones."""
    every = {event.id: event for event in (bundled_events() if known is None else known)}
    if name in every:
        return every[name]
    raise InputError(
        [
            Finding.error(
                table="stress",
                column="event",
                value=name,
                message="there is no such event",
                remedy=f"{did_you_mean(name, every)}known: {listing(sorted(every), 40)}",
            )
        ]
    )


def read_events(path: str | Path) -> tuple[Event, ...]:
    """Return the events of a TOML file with a list of ``[[event]]`` tables.

    Parameters
    ----------
    path : path-like
        The file; ``data/stress_events.toml`` shows the form.

    Returns
    -------
    tuple of Event
        In the order of the file.

    Raises
    ------
    InputError
        With everything that is wrong in the file.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"the file of events cannot be read: {error.strerror}"
        raise _refused(path, message, "give the path of a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"the file of events is not TOML: {error}"
        raise _refused(path, message, "correct the file") from None
    strange = sorted(set(content) - {"event"})
    tables = content.get("event")
    if strange or not isinstance(tables, list) or not tables:
        what = f"holds {', '.join(strange)}" if strange else "holds no event"
        raise _refused(path, f"the file of events {what}", "write [[event]] tables only")
    return parse_events(tables, str(path))


def parse_events(tables: Iterable[Mapping[str, Any]], file: str | None = None) -> tuple[Event, ...]:
    """Return the events that a list of TOML tables describes; all that is wrong is refused at once.

    Examples
    --------
    >>> effect = {"by": "country", "name": "CHN", "severity": 0.5, "months": 3}
    >>> parse_events([{"id": "X", "title": "t", "since": "2030", "effect": [effect]}])[0].months
    3.0
    """
    findings: list[Finding] = []
    found: list[Event] = []
    for number, table in enumerate(tables, start=1):
        try:
            found.append(Event(**table))
        except ValidationError as error:
            findings += _invalid(error, str(table.get("id", f"event {number}")), number, file)
        except TypeError:
            message = f"event {number} is no table"
            remedy = "write [[event]] and its fields below"
            findings.append(
                Finding.error(table="event", row=number, message=message, remedy=remedy, file=file)
            )
    ids = [event.id for event in found]
    findings += [
        Finding.error(
            table="event",
            column="id",
            value=name,
            message="two events have this id",
            remedy="give each its own",
            file=file,
        )
        for name in sorted({name for name in ids if ids.count(name) > 1})
    ]
    if findings:
        raise InputError(findings)
    return tuple(found)


def _refused(path: Path, message: str, remedy: str) -> InputError:
    return InputError(
        [Finding.error(table="event", message=message, remedy=remedy, file=str(path))]
    )


def _invalid(error: ValidationError, name: str, number: int, file: str | None) -> list[Finding]:
    found = []
    for item in error.errors():
        column = ".".join(str(p + 1) if isinstance(p, int) else p for p in item["loc"])
        fields = [*(Effect if item["loc"][:1] == ("effect",) else Event).model_fields]
        message = item["msg"].removeprefix("Value error, ")
        remedy = "data/stress_events.toml shows the form"
        if item["type"] == "extra_forbidden":
            last = str(item["loc"][-1])
            message = f"unknown field {last!r}"
            near = difflib.get_close_matches(last, fields, n=1, cutoff=0.5)
            remedy = f"did you mean {near[0]!r}?" if near else f"known fields: {', '.join(fields)}"
        value = item.get("input")
        found.append(
            Finding.error(
                table="event",
                row=number,
                column=column or None,
                value=None if isinstance(value, dict | list | tuple) else str(value),
                message=f"{name}: {message}",
                remedy=remedy,
                file=file,
            )
        )
    return found
