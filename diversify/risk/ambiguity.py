"""Ambiguity: a measure not of one distribution of losses but of the worst one near it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from diversify.risk import cvar, expectation, total_variation
from diversify.risk.curved import Parts, worst_mean
from diversify.risk.divergences import DIVERGENCES

if TYPE_CHECKING:
    from diversify.formulation import Build

Vector = NDArray[np.float64]


class Ambiguity(BaseModel):
    """A set of distributions around the scenarios and their probabilities.

    Attributes
    ----------
    set : {"tv", "chi2", "kl", "wasserstein"}
        ``tv``: so much probability may lie on other scenarios than said (total variation).
        ``chi2``, ``kl``: the probabilities may be so far off, by chi-squared or by relative
        entropy. ``wasserstein``: each loss may be larger than computed, by so much on average.
    radius : float
        Above 0; for ``tv`` a probability below 1, for ``wasserstein`` in the unit of the limit.

    Examples
    --------
    >>> losses, probability = np.array([0.0, 10, 50, 100]), np.array([0.7, 0.15, 0.1, 0.05])
    >>> around = Ambiguity(set="tv", radius=0.05)
    >>> round(around.value("expectation", losses, probability, 0.0), 9)
    16.5
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    set: Literal["tv", "chi2", "kl", "wasserstein"]
    radius: Annotated[float, Field(gt=0, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _radius_fits(self) -> Self:
        if self.set == "tv" and self.radius >= 1:
            raise ValueError(
                'the radius of "tv" is a probability below 1; for any distribution at all use '
                'measure = "worst"'
            )
        return self

    def value(self, name: str, losses: Vector, probability: Vector, level: float) -> float:
        """Return a measure of the worst distribution of the set.

        Parameters
        ----------
        name : {"expectation", "cvar"}
            The measure.
        losses, probability : numpy.ndarray
            Loss and probability of each scenario, shape (S,).
        level : float
            Confidence of ``cvar``.

        Returns
        -------
        float
            In the unit of the losses.
        """
        alpha = level if name == "cvar" else 0.0
        if self.set in DIVERGENCES:
            return self._worst_tail(losses, probability, alpha)
        if self.set == "tv":
            probability = total_variation.worst_probability(losses, probability, self.radius)
            return cvar.value(losses, probability, alpha)
        plain = cvar.value(losses, probability, alpha)
        return plain + self.radius / (1.0 - alpha)

    def _worst_tail(self, losses: Vector, probability: Vector, alpha: float) -> float:
        """Return the largest CVaR within a divergence; at 0 it is the largest mean.

        What is minimised over the threshold is convex, and mean and maximum may change places.
        """
        # Loaded where it is used: to check policies takes no optimiser.
        from scipy.optimize import minimize_scalar

        worst = DIVERGENCES[self.set].value
        if alpha == 0.0:
            return worst(losses, probability, self.radius)

        def above(threshold: float) -> float:
            excess = np.maximum(losses - threshold, 0.0)
            return threshold + worst(excess, probability, self.radius) / (1.0 - alpha)

        possible = np.unique(losses[probability > 0.0])
        at = [above(float(loss)) for loss in possible]
        best = int(np.argmin(at))
        low, high = possible[max(best - 1, 0)], possible[min(best + 1, len(possible) - 1)]
        if high <= low:
            return float(at[best])
        near = minimize_scalar(
            above, bounds=(low, high), method="bounded", options={"xatol": 1e-12 * (high - low)}
        )
        return float(min(at[best], near.fun))

    def constrain(
        self,
        build: Build,
        policy: str,
        index: list[Any],
        loss: Callable[..., Any],
        limit: Any,
        name: str,
        level: float,
        unit: float = 1.0,
        parts: Parts | None = None,
    ) -> None:
        r"""Keep a measure of the worst distribution of the set at or below a limit.

        With :math:`T = L` for the expectation and :math:`T \ge (L - \tau)^+` for CVaR, total
        variation gives

        .. math:: \sup_Q \mathbb{E}_Q T \le \delta\, t + (1 - \delta)\, \sigma + \mathbb{E}[e],
            \quad t \ge T_s, \quad e_s \ge T_s - \sigma, \quad e_s \ge 0

        and Wasserstein :math:`\mathbb{E}[T] + \varepsilon`. The rows of a divergence are those of
        :func:`~diversify.risk.curved.worst_mean`.

        Parameters
        ----------
        build, policy, index, loss, limit
            As in :meth:`diversify.risk.base.Measure.constrain`.
        name : {"expectation", "cvar"}
            The measure.
        level : float
            Confidence of ``cvar``.
        unit : float
            What 1 of the radius is in the unit of the loss.
        parts : callable, optional
            Shares of named forms of a scenario that the loss adds up, for an index; a divergence
            needs them.
        """
        if self.set in DIVERGENCES:
            self._curved(build, policy, index, loss, limit, name, level, parts)
            return
        if self.set == "wasserstein":
            lower = limit - self.radius * unit / (1.0 - (level if name == "cvar" else 0.0))
            plain = cvar.constrain if name == "cvar" else expectation.constrain
            plain(build, policy, index, loss, lower, level)
            return
        if name != "cvar":
            self._spread(build, policy, index, loss, limit, None, 1.0)
            return
        threshold = build.add_variable("plan", policy, index, " threshold")
        over = build.add_variable("ops", policy, index, " excess", bounds=(0, None))
        build.add_rows(
            "ops", policy, index, lambda *i: over[i] >= loss(*i) - threshold[i], tag=" excess rows"
        )
        tail = 1.0 / (1.0 - level)
        self._spread(build, policy, index, lambda *i: over[i], limit, threshold, tail)

    def _curved(
        self,
        build: Build,
        policy: str,
        index: list[Any],
        loss: Callable[..., Any],
        limit: Any,
        name: str,
        level: float,
        parts: Parts | None,
    ) -> None:
        """Add the rows of the worst mean, or of the worst CVaR, within a divergence."""
        if parts is None:
            raise ValueError("a curved limit needs to know what its loss adds up")
        above, weight = None, 1.0
        if name == "cvar":
            above = build.add_variable("plan", policy, index, " threshold")
            weight = 1.0 / (1.0 - level)
        worse = worst_mean(
            build,
            policy,
            index,
            loss,
            parts,
            divergence=self.set,
            radius=self.radius,
            above=above,
            weight=weight,
        )

        def whole(*i: Any) -> Any:
            return (0.0 if above is None else above[i]) + weight * worse(*i) <= limit

        build.add_rows("expected", policy, index, whole)

    def _spread(
        self,
        build: Build,
        policy: str,
        index: list[Any],
        term: Callable[..., Any],
        limit: Any,
        before: Any,
        factor: float,
    ) -> None:
        """Add the rows of the worst mean of a term within total variation."""
        top = build.add_variable("plan", policy, index, " largest")
        low = build.add_variable("plan", policy, index, " base")
        rest = build.add_variable("ops", policy, index, " rest", bounds=(0, None))
        build.add_rows("ops", policy, index, lambda *i: term(*i) <= top[i], tag=" largest rows")
        build.add_rows(
            "ops", policy, index, lambda *i: rest[i] >= term(*i) - low[i], tag=" rest rows"
        )
        moved = self.radius

        def worst(*i: Any) -> Any:
            mean = moved * top[i] + (1.0 - moved) * low[i] + rest[i]
            return (0.0 if before is None else before[i]) + factor * mean <= limit

        build.add_rows("expected", policy, index, worst)
