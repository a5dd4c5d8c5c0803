"""Mass: no commodity holds more than itself, and no recipe makes metal from nothing.

Each recipe gives out no more of any material than it takes in, so that no chain or cycle of
recipes can gain: the check of each recipe is the check of all cycles.
"""

from __future__ import annotations

from collections.abc import Mapping

from diversify.case.findings import Findings
from diversify.case.normalise import contents
from diversify.case.sheet import BAD
from diversify.case.tables import Tables

_SLACK = 1e-9


def check_mass(tables: Tables, findings: Findings) -> None:
    """Report contents above 1, recipes that create a material, and mines that take inputs."""
    _contents(tables, findings)
    _directions(tables, findings)
    if tables.known("commodities", "contents", "recipes"):
        _recipes(tables, findings)


def _contents(tables: Tables, findings: Findings) -> None:
    table = tables["contents"]
    total: dict[str, float] = {}
    for position, (commodity, content) in table.sound("commodity", "content"):
        before = total.get(commodity, 0.0)
        total[commodity] = before + content
        if before <= 1 + _SLACK < total[commodity]:
            table.report(
                findings,
                "B30",
                position,
                "content",
                f"the contents of {commodity!r} add up to {total[commodity]:g}, more than 1",
                "contents are shares of the commodity's mass: correct them",
            )
    named = {m.casefold(): m for _, (m,) in tables["commodities"].sound("material")}
    for position, (material,) in table.sound("material"):
        other = named.get(material.casefold(), material)
        if other != material:
            table.report(
                findings,
                "A6",
                position,
                "material",
                f"differs only in case from {other!r} in commodities",
                f"write {other!r}",
            )


def _directions(tables: Tables, findings: Findings) -> None:
    recipes = tables["recipes"]
    stages = {site: stage for _, (site, stage) in tables["sites"].sound("site", "stage")}
    yields = recipes.column("yield")
    ways: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for position, (site, recipe, way) in recipes.sound("site", "recipe", "direction"):
        ways.setdefault((site, recipe), (position, set()))[1].add(way)
        if way == "input" and yields[position] is not None and yields[position] is not BAD:
            recipes.report(
                findings,
                "B42",
                position,
                "yield",
                "a yield of an input",
                "leave it empty; a yield belongs to an output",
            )
        if way == "input" and stages.get(site) == "mine":
            recipes.report(
                findings,
                "B41",
                position,
                "direction",
                f"{site!r} is a mine, and mines take no inputs",
                "leave the input out, or give the site another stage",
            )
    for (site, recipe), (position, found) in ways.items():
        if "output" not in found and all(cell is not BAD for cell in recipes.column("direction")):
            recipes.report(
                findings,
                "B41",
                position,
                "recipe",
                f"the recipe {recipe!r} of {site!r} has no output",
                "add the row of what comes out",
            )


def _recipes(tables: Tables, findings: Findings) -> None:
    holds = _holds(tables)
    recipes = tables["recipes"]
    sums: dict[tuple[str, str], dict[str, list[float]]] = {}
    first: dict[tuple[str, str, str], int] = {}
    doubtful: set[tuple[str, str]] = set()
    columns = ("site", "recipe", "direction", "commodity", "amount", "yield")
    rows = zip(*(recipes.filled(recipes.spec.column(name)) for name in columns), strict=True)
    for position, (site, recipe, way, commodity, amount, part) in enumerate(rows):
        key = (site, recipe)
        if any(c is BAD for c in (way, commodity, amount, part)) or commodity not in holds:
            doubtful.add(key)
            continue
        for material, content in holds[commodity].items():
            mass = sums.setdefault(key, {}).setdefault(material, [0.0, 0.0])
            mass[way == "output"] += amount * content * (part if way == "output" else 1.0)
            if way == "output":
                first.setdefault((*key, material), position)
    inputs = {
        (site, recipe)
        for _, (site, recipe, way) in recipes.sound("site", "recipe", "direction")
        if way == "input"
    }
    for key in sorted(inputs - doubtful):
        for material, (taken, given) in sorted(sums.get(key, {}).items()):
            if given > taken * (1 + _SLACK):
                recipes.report(
                    findings,
                    "B41",
                    first[*key, material],
                    "amount",
                    f"the recipe {key[1]!r} of {key[0]!r} would create metal from nothing: per "
                    f"tonne of activity it takes in {taken:g} t of {material} and gives out "
                    f"{given:g} t",
                    "lower the amounts or yields of its outputs, or correct contents; a cycle of "
                    "such recipes would earn without limit",
                )


def _holds(tables: Tables) -> Mapping[str, Mapping[str, float]]:
    """Return the materials in each commodity whose contents could be read."""
    commodities = {"commodity": [], "material": []}  # type: dict[str, list[str]]
    for _, (commodity, material) in tables["commodities"].sound("commodity", "material"):
        commodities["commodity"].append(commodity)
        commodities["material"].append(material)
    given: dict[str, list[object]] = {"commodity": [], "material": [], "content": []}
    for _, row in tables["contents"].sound("commodity", "material", "content"):
        for name, cell in zip(given, row, strict=True):
            given[name].append(cell)
    full = contents(commodities, given)
    held: dict[str, dict[str, float]] = {}
    for commodity, material, content in zip(*full.values(), strict=True):
        held.setdefault(commodity, {})[material] = content
    unread = {
        row[0]
        for row in zip(
            tables["contents"].column("commodity"),
            tables["contents"].column("content"),
            strict=True,
        )
        if row[1] is BAD
    }
    return {name: materials for name, materials in held.items() if name not in unread}
