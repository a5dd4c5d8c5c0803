"""``diversify schema``: what may stand in the tables, in case.toml and in policies."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from diversify.cli.blocks import Block, Line
from diversify.cli.blocks import table as shown_table
from diversify.cli.command import Ending, grouped
from diversify.cli.outcome import Outcome
from diversify.errors import Finding, InputError

SETTINGS, POLICY = "case.toml", "policy"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


@grouped
def schema(
    *,
    table: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this table; or case.toml, or policy."),
    ] = None,
    ending: Ending,
) -> None:
    """Print what tables, case.toml and policies may hold.

    With --json, and in the files of --out, as JSON Schema.
    """

    def work() -> Outcome:
        whole = whole_schema()
        parts = part_schemas(whole)
        if table is not None and table not in parts:
            raise _unknown(table, list(parts))
        chosen = whole if table is None else parts[table]
        blocks = list(_blocks(whole, parts if table is None else [table]))
        if ending.out is not None:
            named = {"schema": whole, **parts} if table is None else {"schema": chosen}
            files = {f"{name}.json": json.dumps(s, indent=1) + "\n" for name, s in named.items()}
            ending.write(files)
            blocks = [Line(f"Wrote {len(files)} files of JSON Schema to {ending.out}", "good")]
        return Outcome(chosen, tuple(blocks))

    ending.conclude(work, mark="schema.json")


def whole_schema() -> dict[str, Any]:
    """Return one JSON Schema of settings, tables and policies.

    Examples
    --------
    >>> sorted(whole_schema()["properties"])
    ['case', 'policies', 'tables']
    """
    from diversify.case.schema import json_schema
    from diversify.policies import policies_schema

    whole = json_schema()
    policies = policies_schema()
    whole["$defs"] |= policies.pop("$defs", {})
    whole["properties"]["policies"] = policies
    # What [[policy]] holds is settled by the policies, not by the case.
    whole["properties"]["case"]["properties"]["policy"] |= {"items": policies["items"]}
    return whole


def part_schemas(whole: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a JSON Schema for each table, for ``case.toml`` and for a file of policies."""
    properties = whole["properties"]
    parts = {SETTINGS: _part(whole, properties["case"])}
    for name, rows in properties["tables"]["properties"].items():
        parts[name] = {"$schema": DRAFT, "title": name, **rows}
    listed = {
        "title": "A file of policies",
        "type": "object",
        "properties": {POLICY: properties["policies"]},
        "required": [POLICY],
        "additionalProperties": False,
    }
    parts[POLICY] = _part(whole, listed)
    return parts


def _part(whole: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DRAFT, **part, "$defs": whole["$defs"]}


def _blocks(whole: dict[str, Any], names: Iterable[str]) -> Iterable[Block]:
    from diversify.case.schema import TABLES, describe

    columns = ["column", "type", "unit", "range", "required", "default", "meaning"]
    described = describe()
    for name in names:
        if name == SETTINGS:
            settings = whole["properties"]["case"]
            yield _fields("case.toml: the settings of the case", settings, {})
            for key, field in settings["properties"].items():
                if "$ref" in field:
                    inner = whole["$defs"][words(field)]
                    yield _fields(f"case.toml [{key}]: {inner['description']}", inner, {})
        elif name == POLICY:
            yield from _policies(whole["$defs"])
        else:
            spec = TABLES[name]
            needed = "" if spec.required else " (optional)"
            rows = [
                [shortened(row[name]) if name == "range" else row[name] for name in columns]
                for row in described
                if row["table"] == name
            ]
            key = ", ".join(spec.key)
            yield shown_table(f"{name}.csv{needed}: {spec.meaning} Key: {key}", columns, rows)


def _policies(definitions: dict[str, Any]) -> Iterable[Block]:
    from diversify.policies.reading import KINDS

    for kind, made in KINDS.items():
        meanings: dict[str, str] = {}
        for base in reversed(made.__mro__):
            meanings |= parameter_meanings(inspect.cleandoc(base.__doc__ or ""))
        first = inspect.cleandoc(made.__doc__ or "").split("\n", 1)[0]
        yield _fields(f'[[policy]] kind = "{kind}": {first}', definitions[made.__name__], meanings)


def _fields(title: str, found: dict[str, Any], meanings: dict[str, str]) -> Block:
    needed = found.get("required", [])
    rows = [
        (
            name,
            words(field),
            "yes" if name in needed else "no",
            "" if field.get("default") in (None, "", []) else json.dumps(field["default"]),
            field.get("description") or meanings.get(name, ""),
        )
        for name, field in found["properties"].items()
        if name != "kind"
    ]
    return shown_table(title, ["key", "type", "required", "default", "meaning"], rows)


def shortened(choices: str, limit: int = 4) -> str:
    """Return the first of many choices; ``--json`` has them all.

    Examples
    --------
    >>> shortened("t | kt | kg | g", 2), shortened("a | b | c", 1)
    ('t | kt | kg | g', 'a | … (3 in all)')
    """
    parts = choices.split(" | ")
    if len(parts) <= 2 * limit:
        return choices
    return " | ".join([*parts[:limit], f"… ({len(parts)} in all)"])


def words(field: dict[str, Any]) -> str:
    """Return the type of a JSON Schema field in words.

    Examples
    --------
    >>> words({"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]})
    'a | b'
    >>> words({"type": "array", "items": {"type": "string"}})
    'list of string'
    """
    if "anyOf" in field:
        return " | ".join(words(one) for one in field["anyOf"] if one.get("type") != "null")
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "const" in field:
        return str(field["const"])
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1]
    kind = str(field.get("type", "any"))
    if kind == "array":
        inner = field.get("items", {})
        return "list of " + ("tables" if "anyOf" in inner or not inner else words(inner))
    return {"object": "table"}.get(kind, kind)


def parameter_meanings(text: str) -> dict[str, str]:
    r"""Return what a NumPy-style docstring says of each parameter or attribute.

    Examples
    --------
    >>> parameter_meanings("A.\n\nParameters\n----------\na, b : int\n    Both of\n    them.\n")
    {'a': 'Both of them.', 'b': 'Both of them.'}
    """
    found: dict[str, str] = {}
    for section in re.findall(
        r"^(?:Parameters|Attributes)\n-+\n(.*?)(?=^\w[^\n]*\n-+\n|\Z)", text, re.M | re.S
    ):
        for names, meaning in re.findall(
            r"^(\w[\w, ]*?) ?:[^\n]*\n((?:    [^\n]*\n?|\n)+)", section, re.M
        ):
            for name in names.split(", "):
                found[name] = " ".join(meaning.replace("``", "").split())
    return found


def _unknown(name: str, known: list[str]) -> InputError:
    from diversify.case.findings import did_you_mean

    remedy = f"{did_you_mean(name, known)}known: {', '.join(known)}"
    message = "there is no table of this name"
    return InputError([Finding.error(table="schema", value=name, message=message, remedy=remedy)])
