"""What ``case.toml`` may hold: when, how long, in which money, and how scenarios are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_serializer,
)
from pydantic_core import PydanticCustomError

from diversify.case.codes import countries, is_user_assigned
from diversify.case.findings import Findings, did_you_mean, listing
from diversify.case.units import YEARS

SCHEMA = 1
"""The version of the form of a case that this library reads and writes."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ScenarioSettings(_Strict):
    """How scenarios are made."""

    count: int = Field(200, ge=1, description="Number of scenarios that are drawn.")
    seed: int | None = Field(None, ge=0, description="Seed of the draws; empty = drawn and stored.")
    missing: Literal["refuse", "available"] = Field(
        "refuse",
        description="What a hazard is that a listed scenario does not name: refused, or available.",
    )
    source: Literal["hazards", "listed"] | None = Field(
        None,
        description="Where scenarios come from; empty = listed if scenarios.csv is there, "
        "else hazards.",
    )
    method: Literal["monte_carlo", "sobol", "antithetic", "importance"] = Field(
        "monte_carlo", description="How scenarios are drawn from the hazards."
    )
    round_up: bool = Field(
        False, description="Whether the number of Sobol points is rounded up to a power of two."
    )
    copula: Literal["gaussian", "t"] = Field(
        "gaussian", description="What joins the hazards of the table correlations."
    )
    copula_df: float = Field(
        4.0, gt=0, description="Degrees of freedom of the t copula; few = extremes come together."
    )
    repair: Literal["nearest"] | None = Field(
        None,
        description="'nearest' takes the nearest correlation matrix where the table is none; "
        "empty = refused.",
    )

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out how scenarios are drawn where it is the usual way.

        So a case that says nothing of it has the digest that it had before these settings were.
        """
        given: dict[str, Any] = handler(self)
        for key in ("method", "round_up", "copula", "copula_df", "repair"):
            if given.get(key) == type(self).model_fields[key].default:
                given.pop(key, None)
        return given


class Limits(_Strict):
    """How large a table may be before it is refused unread."""

    max_table_mb: float = Field(200.0, gt=0, description="Largest file of a table [MB].")
    max_columns: int = Field(500, ge=1, description="Largest number of columns of a table.")


class Settings(_Strict):
    """The settings of a case: all of ``case.toml``."""

    schema_: int = Field(SCHEMA, alias="schema", ge=0, description="Version of the form.")
    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        max_length=100,
        description="Short name, of letters, digits, '-', '_' and '.'.",
    )
    title: str = Field("", description="Title, one line.")
    description: str = Field("", description="What the case is about.")
    start: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="First month, as YYYY-MM.")
    periods: int = Field(ge=1, le=600, description="Number of periods.")
    period: Literal["month", "quarter", "year"] = Field(description="Length of a period.")
    price_year: int = Field(ge=1900, le=2200, description="The year of the case's prices.")
    currency: Literal["USD"] = Field("USD", description="The currency of all money.")
    discount_rate: float = Field(ge=0, lt=1, description="Discount rate per year, a fraction.")
    carbon_price: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        (0.0,),
        description="Cost of emissions [USD/t CO2e]: one number, or one for each period.",
    )
    buyer: tuple[str, ...] = Field(
        (), description="Buyer or buyers to plan for; empty = all of them jointly."
    )
    decimal: Literal[".", ","] = Field(".", description="The decimal sign of the tables.")
    deflator: dict[int, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict,
        description="Money of each of these years times this factor is money of price_year.",
    )
    exclusive_blocs: tuple[tuple[str, ...], ...] = Field(
        (), description="Groups of blocs; a country may be in one bloc of each group only."
    )
    aliases: dict[str, str] = Field(
        default_factory=dict,
        description="The user's own country codes, each with the ISO3 code (or a code that ISO "
        "leaves to users) it stands for.",
    )
    scenarios: ScenarioSettings = Field(
        default_factory=ScenarioSettings, description="How scenarios are made."
    )
    limits: Limits = Field(default_factory=Limits, description="How large tables may be.")
    policy: tuple[dict[str, Any], ...] = Field((), description="Policies, each a table.")

    @field_validator("buyer", "exclusive_blocs", "policy", mode="before")
    @classmethod
    def _as_tuples(cls, value: object) -> object:
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list | tuple):
            return tuple(tuple(v) if isinstance(v, list) else v for v in value)
        return value

    @field_validator("carbon_price", mode="before")
    @classmethod
    def _as_prices(cls, value: object) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return (value,)
        return tuple(value) if isinstance(value, list) else value

    @field_validator("carbon_price")
    @classmethod
    def _fits_periods(cls, value: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        periods = info.data.get("periods")
        if periods is not None and len(value) not in (1, periods):
            raise PydanticCustomError(
                "carbon_price",
                "there are {count} prices for {periods} periods",
                {"count": len(value), "periods": periods},
            )
        return value

    @field_validator("deflator", mode="before")
    @classmethod
    def _year_keys(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {int(k) if isinstance(k, str) and k.isdigit() else k: v for k, v in value.items()}

    @property
    def carbon_prices(self) -> tuple[float, ...]:
        """Cost of emissions in each period [USD/t CO2e]."""
        return self.carbon_price * (self.periods if len(self.carbon_price) == 1 else 1)

    @property
    def start_date(self) -> date:
        """The first day of the case."""
        year, month = self.start.split("-")
        return date(int(year), int(month), 1)

    @property
    def period_years(self) -> float:
        """Length of a period [years]."""
        return YEARS[self.period]

    @property
    def end_date(self) -> date:
        """The first day after the last period."""
        return self._month(self.periods)

    @property
    def period_labels(self) -> tuple[str, ...]:
        """What each period is called, such as ``2026-Q1``."""
        return tuple(self._label(period) for period in range(self.periods))

    @property
    def period_dates(self) -> tuple[date, ...]:
        """The first day of each period."""
        return tuple(self._month(period) for period in range(self.periods))

    def _month(self, periods: int, offset: int = 0) -> date:
        start = self.start_date
        month = start.year * 12 + start.month - 1 + periods * _MONTHS[self.period] + offset
        return date(month // 12, month % 12 + 1, 1)

    def _label(self, period: int) -> str:
        first, last = self._month(period), self._month(period + 1, -1)
        if self.period == "month":
            return f"{first:%Y-%m}"
        if self.period == "year" and first.month == 1:
            return f"{first:%Y}"
        if self.period == "quarter" and first.month in (1, 4, 7, 10):
            return f"{first:%Y}-Q{(first.month + 2) // 3}"
        return f"{first:%Y-%m} to {last:%Y-%m}"


def read_settings(
    given: Mapping[str, Any], findings: Findings, *, text: str = "", file: str | None = None
) -> Settings | None:
    """Return the settings, or None if they are refused; what is wrong goes to ``findings``."""
    table = _migrated(dict(given), findings, text, file)
    if table is None:
        return None
    try:
        settings = Settings.model_validate(table)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            _report(problem, findings, text, file)
        return None
    for code, meant in settings.aliases.items():
        if meant not in countries() and not is_user_assigned(meant):
            findings.add(
                "B35",
                f"alias {code!r} stands for {meant!r}, which is no country code",
                "give an ISO 3166 alpha-3 code, or one that ISO leaves to users (such as XAA)",
                file=file,
                row=line_of(text, ["aliases", code]),
                column=f"aliases.{code}",
                value=meant,
            )
    return settings


def _migrated(
    table: dict[str, Any], findings: Findings, text: str, file: str | None
) -> dict[str, Any] | None:
    version = table.get("schema", SCHEMA)
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        return table  # the model says what is wrong
    row = line_of(text, ["schema"])
    if version > SCHEMA:
        findings.add(
            "A23",
            f"the case has form {version}; this library reads forms up to {SCHEMA}",
            f"use a version of diversify that reads form {version}",
            file=file,
            row=row,
            column="schema",
            value=str(version),
        )
        return None
    if version < SCHEMA:
        findings.add(
            "A24",
            f"the case has the older form {version}; it was brought to form {SCHEMA} in memory",
            "`diversify schema upgrade` writes it in the new form",
            file=file,
            row=row,
            column="schema",
            value=str(version),
            severity="warning",
        )
        # Form 0 had no key but "schema" that form 1 has not; a step that changes keys goes here.
        table["schema"] = SCHEMA
    return table


def _report(problem: Any, findings: Findings, text: str, file: str | None) -> None:
    path = [str(part) for part in problem["loc"]]
    kind, found = problem["type"], problem.get("input")
    code, message, remedy = "", f"{problem['msg'][0].lower()}{problem['msg'][1:]}", ""
    fields = _fields(path[:-1])
    if kind == "extra_forbidden":
        code, message = "A4", "there is no such setting"
        remedy = f"{did_you_mean(path[-1], fields)}settings: {listing(sorted(fields), 30)}"
        found = path[-1]
    elif kind == "missing":
        code, message, found = "A3", "the setting is missing", None
    if not remedy:
        remedy = next((fields[part] for part in reversed(path) if part in fields), "")
        remedy = remedy or _fields([]).get(path[0], "")
        remedy = f"give it: {remedy[0].lower()}{remedy[1:]}" if remedy else "see `diversify schema`"
    findings.add(
        code,
        message,
        remedy,
        file=file,
        row=line_of(text, path),
        column=".".join(path),
        value=None if found is None else str(found),
    )


def _fields(path: list[str]) -> dict[str, str]:
    inner: dict[str, type[BaseModel]] = {"scenarios": ScenarioSettings, "limits": Limits}
    model = inner.get(path[0], Settings) if path else Settings
    return {
        field.alias or name: field.description or "" for name, field in model.model_fields.items()
    }


def line_of(text: str, path: list[str]) -> int | None:
    r"""Return the line of ``case.toml`` on which a key stands, if it can be found.

    Examples
    --------
    >>> line_of('name = "a"\nperiods = 0\n', ["periods"])
    2
    """
    keys = [part for part in path if not part.isdigit()]
    lines = text.splitlines()
    start = 0
    for index, line in enumerate(lines):
        if len(keys) > 1 and re.match(rf"\s*\[\[?\s*{re.escape(keys[0])}\s*\]", line):
            start = index
            break
    for key in reversed(keys):
        for index in range(start, len(lines)):
            if re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", lines[index]):
                return index + 1
    return None
