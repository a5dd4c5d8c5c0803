"""Rows of risk measures that are curved: flat ones in every scenario, of which more are added."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diversify.formulation import Build

Parts = Callable[..., Mapping[tuple[str, ...], float]]
"""What a loss adds up: shares of named forms of a scenario, for an index."""


def worst_mean(
    build: Build,
    policy: str,
    index: list[Any],
    loss: Callable[..., Any],
    parts: Parts,
    *,
    divergence: str,
    radius: float = 0.0,
    scale: float | None = None,
    above: Any = None,
    weight: float = 1.0,
) -> Callable[..., Any]:
    r"""Return an expression whose mean is at least the worst mean of a loss near the distribution.

    .. math:: \sup_Q \mathbb{E}_Q L = \min_{\eta,\, a \ge 0} \mathbb{E}[v] + \eta + (\rho - 1)\, a,
        \quad v_s \ge t\, (L_s - \eta) + (1 - \varphi(t))\, a \quad \forall t \ge 0

    By duality (Ben-Tal et al., Management Science 59(2), 2013) with :math:`\varphi^*(x) = \sup_t
    t x - \varphi(t)`; each :math:`t`, a density, is a flat row that always holds. What is here is
    that of 0, a bound, and that of 1; the solver adds those of the worst densities, until nothing
    is left to add. With a penalty instead of a radius :math:`a` is a number: entropic risk has
    :math:`a = 1 / \theta`.

    Parameters
    ----------
    build, policy, index, loss
        As in :meth:`diversify.risk.base.Measure.constrain`.
    parts : callable
        Shares of named forms of a scenario that the loss adds up, for an index.
    divergence : {"chi2", "kl"}
        How far distributions are from each other.
    radius : float
        How far they may be.
    scale : float, optional
        The number :math:`a`, in the unit of the loss; omitted: a variable.
    above : pyomo.environ.Var, optional
        Where only the excess over a threshold counts, the threshold of each index.
    weight : float
        What the worst mean counts for in the limit, for how exactly it is to be found.

    Returns
    -------
    callable
        Pyomo expression in variables of both stages, for an index.
    """
    middle = build.add_variable("plan", policy, index, " middle")
    value = build.add_variable("ops", policy, index, " worse", bounds=(0, None))
    width = None
    if scale is None:
        width = build.add_variable("plan", policy, index, " width", bounds=(0, None))
    beside = build.add_variable("ops", policy, index, " beside")

    def counted(*i: Any) -> Any:
        return loss(*i) if above is None else loss(*i) - above[i]

    build.add_rows(
        "ops", policy, index, lambda *i: beside[i] >= counted(*i) - middle[i], tag=" loss rows"
    )
    if above is not None:
        build.add_rows("ops", policy, index, lambda *i: beside[i] >= -middle[i], tag=" excess rows")

    def size(*i: Any) -> Any:
        return scale if width is None else width[i]

    build.add_rows(
        "ops", policy, index, lambda *i: value[i] - beside[i] >= size(*i), tag=" mean rows"
    )
    for i in index:
        key = i if isinstance(i, tuple) else (i,)
        build.add_curve(
            policy,
            tuple(str(part) for part in key),
            beside=beside[i],
            value=value[i],
            middle=middle[i],
            width=None if width is None else width[i],
            above=None if above is None else above[i],
            parts=dict(parts(*key)),
            divergence=divergence,
            radius=radius,
            scale=0.0 if scale is None else scale,
            weight=weight,
        )

    def expression(*i: Any) -> Any:
        return value[i] + middle[i] + (radius - 1.0) * size(*i)

    return expression
