"""The model: which columns and rows each file of the formulation makes, with their algebra."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path

from pieces import cell, code, directive, table

import diversify.formulation

ORDER = ("symbols", "booking", "flows", "processing", "stocks", "shortage", "volumes", "costs")
MAKES = {"Var": "columns", "Constraint": "rows", "Expression": "sums"}


def _files() -> list[Path]:
    folder = Path(diversify.formulation.__file__).parent
    found = {path.stem: path for path in folder.glob("*.py") if path.stem != "__init__"}
    first = [found.pop(name) for name in ORDER if name in found]
    return first + [found[name] for name in sorted(found)]


def components(path: Path) -> dict[str, list[str]]:
    """Return the names of the Pyomo components that a file makes, by what they are."""
    made: dict[str, list[str]] = {}
    tree = ast.parse(path.read_text("utf-8"))
    helpers = _helpers(tree)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
            continue
        called = ast.unparse(node.value.func)
        kind = helpers.get(called, called.removeprefix("pyo."))
        target = node.targets[0]
        if kind in MAKES and isinstance(target, ast.Attribute):
            owner = ast.unparse(target.value).removeprefix("m.")
            name = f"{'plan, ops' if owner == 'block' else owner}: {target.attr}"
            made.setdefault(MAKES[kind], []).append(name)
    return made


def _helpers(tree: ast.Module) -> dict[str, str]:
    """Return the functions of a file that give a component, and what it is."""
    return {
        node.name: ast.unparse(part.value.func).removeprefix("pyo.")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for part in ast.walk(node)
        if isinstance(part, ast.Return)
        and isinstance(part.value, ast.Call)
        and ast.unparse(part.value.func).removeprefix("pyo.") in MAKES
    }


def model() -> str:
    """Return a section for each file that makes something."""
    parts = []
    for path in _files():
        made = components(path)
        module = import_module(f"diversify.formulation.{path.stem}")
        functions = [
            name
            for name, thing in vars(module).items()
            if inspect.isfunction(thing)
            and thing.__module__ == module.__name__
            and not name.startswith("_")
            and ".. math::" in (thing.__doc__ or "")
        ]
        if not (made or functions):
            continue
        title, _, rest = (module.__doc__ or path.stem).strip().partition("\n")
        parts.append(f"## {cell(title.rstrip('.'))}\n\n`diversify/formulation/{path.name}`\n")
        if rest.strip():
            parts.append(directive(inspect.cleandoc(rest)))
        if made:
            rows = [(what, ", ".join(code(n) for n in dict.fromkeys(made[what]))) for what in made]
            parts.append(table(["makes", "names"], rows))
        parts += [
            directive(f".. autofunction:: {module.__name__}.{name}\n   :no-index:")
            for name in functions
        ]
    return "\n".join(parts)


def costs() -> str:
    """Return the kinds of cost of the plan and of a scenario."""
    from diversify.formulation.costs import OPS_KINDS, PLAN_KINDS

    rows = [("first stage", ", ".join(map(code, PLAN_KINDS)))]
    rows.append(("second stage", ", ".join(map(code, OPS_KINDS))))
    return table(["where", "kinds that every case has"], rows)
