"""What every policy has: a name, levels, rows, a measure of a plan, and a sentence."""

from __future__ import annotations

import difflib
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from diversify.errors import Finding, InputError
from diversify.losses import Losses

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView


def _share(value: Any) -> Any:
    if isinstance(value, int | float) and not 0 <= value <= 1:
        hint = f"; did you mean {value / 100:g}?" if 1 < value <= 100 else ""
        raise ValueError(f"shares are finite fractions from 0 to 1{hint}")
    return value


Share = Annotated[float, Field(ge=0, allow_inf_nan=False), BeforeValidator(_share)]
Names = tuple[str, ...]
OPEN: Final = math.nan
"""The level of a policy that only a sweep can use: it gives one level after the other."""


class Policy(BaseModel, ABC):
    """A limit that the plan keeps.

    Attributes
    ----------
    name : str
        Unique in a plan; made from the other fields where it is not given.
    priority : float
        Weight in the smallest change that resolves a conflict: higher is kept longer.
    allow_empty : bool
        Accept that the policy matches nothing in the case (R2).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: str
    name: str = ""
    priority: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    allow_empty: bool = False

    unit: ClassVar[str] = ""
    upper: ClassVar[bool] = True
    level_field: ClassVar[str] = "limit"

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the schema of what files hold, where the level is never left out."""
        schema = handler(core)
        whole = handler.resolve_ref_schema(schema)
        field = whole.get("properties", {}).get(cls.level_field, {})
        if isinstance(field.get("default"), float) and math.isnan(field["default"]):
            del field["default"]
            order = list(whole["properties"])
            needed = {*whole.get("required", ()), cls.level_field}
            whole["required"] = sorted(needed, key=order.index)
        return schema

    def model_post_init(self, _context: Any) -> None:
        """Give the policy its name."""
        if not self.name:
            object.__setattr__(self, "name", self.default_name())

    @abstractmethod
    def default_name(self) -> str:
        """Return a short name made from the fields."""

    @property
    @abstractmethod
    def level_value(self) -> float:
        """Return the number that is swept: a share, a limit, days."""

    @property
    def open(self) -> bool:
        """Whether the level is left out, so that only a sweep can use the policy."""
        return math.isnan(self.level_value)

    @abstractmethod
    def with_level(self, value: float) -> Policy:
        """Return the same policy at another level."""

    def symbol_value(self, level: float) -> float:
        """Return the value of the level's symbol in the model at a level: mostly the level."""
        return level

    def level_at(self, symbol: float) -> float:
        """Return the level at a value of its symbol, the other way round."""
        return symbol

    @abstractmethod
    def sentence(self) -> str:
        """Return the policy as one sentence."""

    def row_words(self, index: tuple[str, ...]) -> str:
        """Return what one row limits, where the sentence speaks of several limits; else nothing."""
        return ""

    @abstractmethod
    def constrain(self, build: Build) -> None:
        """Add the rows of the policy to a template."""

    def losses(self, network: Network) -> Losses:
        """Return the losses that the plan has to survive; most policies ask for none."""
        return Losses()

    @abstractmethod
    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the value of each row's left side for a plan, in the unit of the level."""

    def empty(self, build: Build, why: str) -> None:
        """Refuse a policy that matches nothing, unless that is allowed (R2)."""
        if not self.allow_empty:
            raise InputError(
                [self.finding(None, None, why, "correct it, or write allow_empty = true")]
            )

    def finding(self, column: str | None, value: Any, message: str, remedy: str) -> Finding:
        """Return a finding about this policy."""
        return Finding.error(
            table="policy",
            column=column,
            value=None if value is None else str(value),
            message=f"policy {self.name!r}: {message}",
            remedy=remedy,
        )

    def known(self, column: str, names: Iterable[str], candidates: Iterable[str]) -> None:
        """Refuse names that the case does not have."""
        allowed = sorted(set(candidates))
        bad = [
            self.finding(
                column, name, f"{column} {name!r} is not in the case", _did_you_mean(name, allowed)
            )
            for name in names
            if name not in allowed
        ]
        if bad:
            raise InputError(bad)


def refuse_open(policies: Iterable[Policy]) -> None:
    """Refuse policies without a level, all at once.

    Parameters
    ----------
    policies : iterable of Policy
        What a plan is to keep.

    Raises
    ------
    InputError
        With a finding for each policy whose level was left out.
    """
    findings = [
        policy.finding(
            policy.level_field,
            None,
            f"it has no {policy.level_field}",
            f"give its {policy.level_field}; only a frontier takes a policy without it",
        )
        for policy in policies
        if policy.open
    ]
    if findings:
        raise InputError(findings)


def _did_you_mean(name: str, allowed: list[str]) -> str:
    folded = {a.casefold(): a for a in allowed}
    near = difflib.get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(repr(folded[n]) for n in near) + "?"
    return "known: " + ", ".join(allowed[:20])


def period_groups(network: Network, period: str) -> dict[str, list[int]]:
    """Return the periods over which a share is counted, by label.

    Parameters
    ----------
    network : Network
        The network of the case.
    period : str
        ``"each"``, ``"year"``, ``"horizon"`` or the label of one period.

    Returns
    -------
    dict
        Label to period numbers; empty if the label is unknown.
    """
    labels = network.case.period_labels
    if period == "each":
        return {label: [t] for t, label in enumerate(labels)}
    if period == "horizon":
        return {"horizon": list(network.periods)}
    if period == "year":
        years: dict[str, list[int]] = {}
        for t, label in enumerate(labels):
            years.setdefault(label[:4], []).append(t)
        return years
    return {period: [labels.index(period)]} if period in labels else {}
