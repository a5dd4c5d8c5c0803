"""The public names, grouped by what they are for; a name that no group has is in the last one."""

from __future__ import annotations

import inspect
from typing import Any

from pieces import cell, code, directive, table

import diversify
from diversify.policies.base import Policy

FIRST = {
    "Cases and scenarios": ("read", "example", "build_case", "Case", "Scenarios"),
    "Solving": ("solve", "Plan", "read_plan", "frontier", "Frontier", "evaluate", "Evaluation"),
    "Why, and why not": ("explain", "price_of_rules", "tightest"),
    "Policies": (),
    "Errors": (),
    "More": (),
}
EXTENDING = (
    ("diversify.interfaces", "Every extension point on one page"),
    ("diversify.policies.base", "What a policy is"),
    ("diversify.testing.battery", "How a policy of your own is proven"),
    ("diversify.testing.cases", "Small cases for tests"),
    ("diversify.risk.base", "What a risk measure is"),
    ("diversify.scenarios.batch", "What a batch of scenarios is"),
)


def _group(name: str, thing: Any) -> str:
    for title, names in FIRST.items():
        if name in names:
            return title
    if inspect.isclass(thing) and issubclass(thing, Policy):
        return "Policies"
    return "Errors" if inspect.isclass(thing) and issubclass(thing, Exception) else "More"


def public() -> str:
    """Return every name of ``diversify.__all__`` with its docstring."""
    groups: dict[str, list[str]] = {title: [] for title in FIRST}
    for name in diversify.__all__:
        groups[_group(name, getattr(diversify, name))].append(name)
    parts = []
    for title, names in groups.items():
        order = FIRST[title]
        names.sort(key=lambda n: (order.index(n) if n in order else len(order), n))
        if not names:
            continue
        parts.append(f"## {title}\n")
        if title == "Policies":
            parts.append(
                "Each is described with its rows in [policies](../explanation/policies.md).\n"
            )
            rows = [(code(f"dv.{n}"), cell(_first(getattr(diversify, n)))) for n in names]
            parts.append(table(["name", "what"], rows))
            continue
        parts += [_entry(name) for name in names]
    return "\n".join(parts)


def _entry(name: str) -> str:
    thing = getattr(diversify, name)
    where = f"{thing.__module__}.{getattr(thing, '__qualname__', name)}"
    if inspect.isclass(thing):
        members = "" if issubclass(thing, Exception) else "\n   :members:"
        return f"### {name}\n\n" + directive(f".. autoclass:: {where}{members}")
    return f"### {name}\n\n" + directive(f".. autofunction:: {where}")


def _first(thing: Any) -> str:
    return (thing.__doc__ or "").strip().split("\n\n")[0]


def extending() -> str:
    """Return the modules that extensions build on."""
    parts = []
    for module, title in EXTENDING:
        parts.append(f"## {title}\n")
        parts.append(directive(f".. automodule:: {module}\n   :members:\n   :no-index:"))
    return "\n".join(parts)


def plan_tables() -> str:
    """Return what each table of a plan holds."""
    from diversify.report.tables import TITLES
    from diversify.result.plan import TABLES

    rows = [(code(name), cell(TITLES.get(name, name.replace("_", " ")))) for name in TABLES]
    return table(["table", "what it holds"], rows)


def json_keys() -> str:
    """Return the keys that the answer of ``solve`` has, with an empty one's value."""
    from diversify.cli.solve import BLANK

    kinds = {list: "list", dict: "object", type(None): "value or null"}
    rows = [(code(key), kinds.get(type(value), "text")) for key, value in BLANK.items()]
    return table(["key", "holds"], rows)
