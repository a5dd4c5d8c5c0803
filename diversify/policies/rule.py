"""A rule of one's own: a plain Python function that writes Pyomo relations on the template."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_serializer

from diversify.policies.base import Policy

if TYPE_CHECKING:
    from diversify.formulation import Build
    from diversify.interfaces import PlanView


class Rule(Policy):
    r"""What a function of the model asks for, compiled, proven, priced and explained like the rest.

    .. math:: g_i(x) \le level \cdot h_i(x) + c_i \quad\text{or}\quad
        g_i(x) \le c_i + slack \text{ where there is no level}

    The function is called as ``function(model, network, level)`` with the Pyomo model of one
    scenario, the network of the case and the symbol of the level (None without a level). It
    returns or yields pairs of an index and a linear relation, or one relation; or it adds
    constraints to ``model.plan``, ``model.ops`` or ``model.expected`` itself. Without a level the
    price is that of one more unit of room in every row. A rule is Python, so no TOML file can hold
    it, and a saved plan that keeps one cannot be read back.

    Parameters
    ----------
    name : str
        Name of the rule, as it appears in prices and conflicts.
    function : callable
        Makes the rows.
    level : float, optional
        A number that the rows use and that can be swept.
    where : {"plan", "ops", "expected"}
        Where the returned relations hold: once, of first-stage variables; in every scenario; or
        in expectation.
    floor : bool
        Whether a higher level asks for more; else it allows more.
    measured : callable, optional
        Of a plan view: the number, or a dict of numbers, that the level limits. Omitted: it is
        read off the rows, where these use bookings, stocks and qualified sites only.
    words : str
        The rule as one sentence, in which ``{level}`` stands for the level.
    level_unit : str
        Unit of the level, for the unit of the price.
    slack : float
        Room in every row, for a rule without a level.

    Examples
    --------
    >>> import diversify as dv
    >>> def at_most(model, network, level):
    ...     book = model.plan.book
    ...     for lane, t in book:
    ...         yield (lane, t), book[lane, t] <= level
    >>> plan = dv.solve(dv.example("first-steps"), dv.Rule("no lane alone", at_most, level=0.6))
    >>> plan.portfolio["tonnes"].round(6).tolist()
    [0.6, 0.4]
    """

    kind: Literal["rule"] = "rule"
    function: Callable[..., Any]
    level: float | None = Field(default=None, allow_inf_nan=False)
    where: Literal["plan", "ops", "expected"] = "plan"
    floor: bool = False
    measured: Callable[[Any], float | Mapping[str, float]] | None = None
    words: str = ""
    level_unit: str = ""
    slack: float = Field(default=0.0, allow_inf_nan=False)

    level_field = "level"

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        level: float | None = None,
        where: Literal["plan", "ops", "expected"] = "plan",
        **others: Any,
    ) -> None:
        given = {"name": name, "function": function, "level": level, "where": where}
        super().__init__(**given, **others)

    def model_post_init(self, _context: Any) -> None:
        """Say in which direction the level works, and in which unit its price is."""
        super().model_post_init(_context)
        # Both are the same for all policies of a kind elsewhere; here each rule has its own.
        object.__setattr__(self, "upper", not self.floor)
        object.__setattr__(self, "unit", f"USD per {self.level_unit or 'unit of the level'}")

    @field_serializer("function", "measured", when_used="json")
    def _named(self, function: Callable[..., Any] | None) -> str | None:
        """Return the name of a function with a digest of its text, so that records tell it."""
        if function is None:
            return None
        try:
            text = inspect.getsource(function)
        except (OSError, TypeError):
            text = ""
        name = f"{function.__module__}.{getattr(function, '__qualname__', repr(function))}"
        return f"{name} {hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def default_name(self) -> str:
        """Return ``rule``."""
        return "rule"

    @property
    def level_value(self) -> float:
        """Return the level, or the room of a rule without one."""
        return self.slack if self.level is None else self.level

    def with_level(self, value: float) -> Rule:
        """Return the rule at another level, or with other room."""
        return self.model_copy(update={"slack" if self.level is None else "level": value})

    def sentence(self) -> str:
        """Return the rule in its words, or by its name."""
        at = "" if self.level is None else f" at the level {self.level:g}"
        words = self.words or f"The rule {self.name!r}{at} holds."
        return words.replace("{level}", f"{self.level_value:,.6g}")

    def constrain(self, build: Build) -> None:
        """Add the rows that the function asks for, after checking each of them."""
        from diversify.policies.rule_rows import add_rule

        add_rule(self, build)

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the level at which each row would just hold, for a plan."""
        if self.measured is None:
            from diversify.policies.rule_measure import just_holding

            return just_holding(self, view)
        value = self.measured(view)
        return dict(value) if isinstance(value, Mapping) else {"all": float(value)}
