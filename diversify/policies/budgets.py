"""What budgets on risk have in common: a measure, its level of confidence and a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, ConfigDict, Field, model_validator

from diversify.policies.base import OPEN, Policy
from diversify.risk import chance, entropic, measure
from diversify.risk.ambiguity import Ambiguity
from diversify.risk.divergences import DIVERGENCES

if TYPE_CHECKING:
    from diversify.formulation import Build
    from diversify.risk.curved import Parts

Vector = NDArray[np.float64]
# Distinct scenarios up to which a chance is kept exactly, with a yes or no for each.
EXACT = 200


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
    measure_of : {"expectation", "cvar", "worst", "chance", "entropic"}
        Written ``measure`` in TOML and in Python.
    level : float, optional
        Confidence of ``cvar`` and ``chance``, such as 0.95.
    aversion : float, optional
        Of ``entropic``, per unit of the loss: near 0 the mean is limited, far above 1 over the
        spread of losses the worst case.
    limit : float
        Largest value allowed, in the unit of the loss; with ``chance``, what the loss exceeds in
        at most ``1 - level`` of cases.
    ambiguity : Ambiguity, optional
        Distributions near that of the scenarios: ``expectation`` or ``cvar`` is limited for the
        worst of them.
    safe : bool
        Keep a ``chance`` by keeping CVaR at the same level, which is at least as strict and needs
        no yes/no decisions. Beyond 200 distinct scenarios that is done in any case, and said.
    """

    # By the name of the attribute it cannot be given, so that type checkers know the other one.
    model_config = ConfigDict(populate_by_name=False)

    measure_of: Literal["expectation", "cvar", "worst", "chance", "entropic"] = Field(
        alias="measure"
    )
    level: Confidence = None
    aversion: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None
    limit: float = Field(default=OPEN, ge=0, allow_inf_nan=False)
    ambiguity: Ambiguity | None = None
    safe: bool = False

    @model_validator(mode="after")
    def _level_fits(self) -> Self:
        name = self.measure_of
        if name in ("cvar", "chance") and self.level is None:
            raise ValueError(f'measure = "{name}" needs a level, such as 0.95')
        if name not in ("cvar", "chance") and self.level is not None:
            raise ValueError(f'measure = "{name}" takes no level')
        if name not in ("expectation", "cvar") and self.ambiguity is not None:
            raise ValueError(f'measure = "{name}" takes no ambiguity: use "expectation" or "cvar"')
        if name == "entropic" and self.aversion is None:
            raise ValueError('measure = "entropic" needs an aversion, per unit of the loss')
        if name != "entropic" and self.aversion is not None:
            raise ValueError(f'aversion is for measure = "entropic", not "{name}"')
        if name != "chance" and self.safe:
            raise ValueError(f'safe is for measure = "chance", not "{name}"')
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
        """Return the confidence, 0 where the measure has none; of ``entropic``, the aversion."""
        if self.aversion is not None:
            return self.aversion
        return self.level if self.level is not None else 0.0

    @property
    def kept_as(self) -> str:
        """Return the measure that the rows limit: CVaR for a chance that is kept safely."""
        return "cvar" if self.measure_of == "chance" and self.safe else self.measure_of

    @property
    def curved(self) -> bool:
        """Whether the limit is curved, so that the solver adds flat ones until it is kept."""
        around = self.ambiguity is not None and self.ambiguity.set in DIVERGENCES
        return around or self.measure_of == "entropic"

    def name_parts(self) -> list[str]:
        """Return what tells the measure from others, for the name of the budget."""
        parts: list[str] = [self.measure_of]
        if self.confidence:
            parts.append(f"{self.confidence:g}")
        if self.ambiguity is not None:
            parts += [self.ambiguity.set, f"{self.ambiguity.radius:g}"]
        return parts

    def words(self) -> str:
        """Return the measure in words."""
        if self.measure_of == "cvar":
            said = f"in the worst {100 * (1 - self.confidence):.3g} % of cases, on average"
        elif self.measure_of == "chance":
            said = f"in at least {100 * self.confidence:.6g} % of cases"
        elif self.measure_of == "entropic":
            said = f"on average, large losses counted for more (entropic, {self.aversion:g})"
        else:
            said = {"expectation": "on average", "worst": "in the worst case"}[self.measure_of]
        if self.ambiguity is None:
            return said
        radius = self.ambiguity.radius
        if self.ambiguity.set == "tv":
            return f"{said}, even if {100 * radius:g} % of the probability lies elsewhere"
        if self.ambiguity.set in ("chi2", "kl"):
            by = {"chi2": "chi-squared", "kl": "relative entropy"}[self.ambiguity.set]
            return f"{said}, even if the probabilities are off by a {by} of {radius:g}"
        return f"{said}, even if losses are {radius:g} larger than computed, on average"

    def value(self, losses: Vector, probability: Vector, *, exact: bool = False) -> float:
        """Return the measure that the rows limit, of a distribution of losses.

        Parameters
        ----------
        losses, probability : numpy.ndarray
            Loss and probability of each scenario, shape (S,).
        exact : bool
            Return the measure that was asked for, also where rows keep it by another.

        Returns
        -------
        float
            In the unit of the losses.
        """
        if self.ambiguity is not None:
            name = self.kept_as
            return self.ambiguity.value(name, losses, probability, self.confidence)
        name = self.measure_of if exact else self.kept_as
        return measure(name).value(losses, probability, self.confidence)

    def limit_rows(
        self,
        build: Build,
        index: list[Any],
        loss: Callable[..., Any],
        limit: Any,
        *,
        unit: float = 1.0,
        most: Callable[..., Any] | None = None,
        parts: Parts | None = None,
    ) -> None:
        """Add the rows that keep the measure of each loss at or below a limit.

        Parameters
        ----------
        build, index, loss, limit
            As in :meth:`diversify.risk.base.Measure.constrain`.
        unit : float
            What 1 of the budget's limit is in the unit of the loss.
        most : callable, optional
            Expression of the largest loss that is possible in a scenario; a chance that is not kept
            by CVaR needs it.
        parts : callable, optional
            Shares of named forms of a scenario that the loss adds up, for an index; curved limits
            need them.
        """
        name, level = self.kept_as, self.confidence
        if self.ambiguity is not None:
            self.ambiguity.constrain(build, self.name, index, loss, limit, name, level, unit, parts)
        elif name == "entropic":
            entropic.constrain(build, self.name, index, loss, limit, level / unit, parts)
        elif name == "chance":
            chance.constrain(build, self.name, index, loss, limit, level, most)
        else:
            measure(name).constrain(build, self.name, index, loss, limit, level)


def kept_safely(policies: Iterable[Policy], scenarios: int) -> tuple[Policy, ...]:
    """Return the policies with every chance kept by CVaR where scenarios are many.

    Parameters
    ----------
    policies : iterable of Policy
        What a plan is to keep.
    scenarios : int
        Number of distinct scenarios.

    Returns
    -------
    tuple of Policy
        The same policies where there are at most 200 scenarios.
    """
    if scenarios <= EXACT:
        return tuple(policies)
    return tuple(
        policy.model_copy(update={"safe": True})
        if isinstance(policy, Budget) and policy.measure_of == "chance"
        else policy
        for policy in policies
    )


def said_of(policies: Iterable[Policy]) -> list[str]:
    """Return what the user should know of how budgets were kept.

    Parameters
    ----------
    policies : iterable of Policy
        Those of a plan.

    Returns
    -------
    list of str
        One sentence for each chance that was kept by CVaR.
    """
    return [
        f"policy {policy.name!r}: the chance was kept by CVaR {policy.confidence:g} at the same "
        "limit, which is at least as strict: a cheaper plan may keep it too"
        for policy in policies
        if isinstance(policy, Budget) and policy.kept_as != policy.measure_of
    ]
