"""What budgets on risk have in common: a measure, its level of confidence and a limit."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from diversify.policies.base import OPEN, Policy


def _confidence(value: float | None) -> float | None:
    if value is None:
        return None
    if not 0 < value < 1:
        raise ValueError(
            'the level is a confidence between 0 and 1; for 1 use measure = "worst", '
            'for 0 measure = "expectation"'
        )
    if value < 0.5:
        raise ValueError(f"the level is the confidence, not the tail: did you mean {1 - value:g}?")
    return value


Confidence = Annotated[float | None, Field(allow_inf_nan=False), AfterValidator(_confidence)]


class Budget(Policy):
    """A limit on a risk measure of a loss.

    Attributes
    ----------
    measure_of : {"expectation", "cvar", "worst"}
        Written ``measure`` in TOML and in Python.
    level : float, optional
        Confidence of ``cvar``, such as 0.95.
    limit : float
        Largest value allowed, in the unit of the loss.
    """

    measure_of: Literal["expectation", "cvar", "worst"] = Field(alias="measure")
    level: Confidence = None
    limit: float = Field(default=OPEN, ge=0, allow_inf_nan=False)

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)

    @model_validator(mode="after")
    def _level_fits(self) -> Self:
        if self.measure_of == "cvar" and self.level is None:
            raise ValueError('measure = "cvar" needs a level, such as 0.95')
        if self.measure_of != "cvar" and self.level is not None:
            raise ValueError(f'measure = "{self.measure_of}" takes no level')
        return self

    @property
    def level_value(self) -> float:
        """Return the limit, the number that is swept."""
        return self.limit

    def with_level(self, value: float) -> Self:
        """Return the budget at another limit."""
        return self.model_copy(update={"limit": value})

    @property
    def confidence(self) -> float:
        """Return the confidence, 0 where the measure has none."""
        return self.level if self.level is not None else 0.0

    def words(self) -> str:
        """Return the measure in words."""
        if self.measure_of == "cvar":
            return f"in the worst {100 * (1 - self.confidence):.3g} % of cases, on average,"
        return {"expectation": "on average", "worst": "in the worst case"}[self.measure_of]
