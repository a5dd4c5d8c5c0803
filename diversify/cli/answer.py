"""A plan in words and tables, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from diversify.cli.blocks import Block, Line, table
from diversify.cli.figures import figure, money, money_unit, resolving

if TYPE_CHECKING:
    from diversify.result import Plan

AT_CAP = 1e-6
# A share below this would be printed as 0.000.
SMALL = 5e-4
NOTHING = 1e-9
# Money below this part of the whole is within what the certificate lets a solver be wrong by.
DUST = 1e-7
INVESTMENTS = {
    "expand": "capacity",
    "discount": "discount tier",
    "substitute": "substitute",
    "recover": "recovery",
}
RISK_DIGITS = {"value": 4, "limit": 4, "out_of_sample": 4, "low": 3, "high": 3}


def answer(plan: Plan, found: Mapping[str, Any]) -> Iterator[Block]:
    """Yield what a person wants to know of a plan: the answer, its proof, what limits cost.

    Parameters
    ----------
    plan
        The plan.
    found
        Its summary, as ``--json`` prints it.
    """
    yield from _headline(plan, found)
    yield from _shares(found)
    yield from _stocks(found)
    yield from _costs(found)
    yield from _value_added(found)
    yield from _common_goods(found)
    yield from _risk(plan, found)
    yield from _decisions(found)
    yield from _policies(plan, found)
    if found["warnings"]:
        yield Line("Warnings of the case", "title")
        yield from (Line(f"- {warning}") for warning in found["warnings"])


def _headline(plan: Plan, found: Mapping[str, Any]) -> Iterator[Block]:
    good = found["point"] == "certified"
    buyers = " and ".join(found["buyers"])
    status = f"{found['status']}, {found['point']}"
    yield Line(f"{found['case']} for {buyers}: {status}", "good" if good else "bad")
    labels = plan.case.period_labels
    when = labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
    yield Line(f"Expected cost: {money(found['objective'])}, present value, {when}")
    proof = plan.record.certificate
    if proof is not None:
        parts = f"primal {proof.primal:.1e}, dual {proof.dual:.1e}, gap {proof.gap:.1e}"
        yield Line(f"Certificate: {parts} ({proof.allowed})")
    else:
        known = found["bound"] is not None
        bound = f"it is not below {money(found['bound'])}" if known else "it has no bound"
        yield Line(f"The plan keeps all limits; the lowest cost is not proven: {bound}.")
    seed = "" if found["seed"] is None else f", seed {found['seed']}"
    count = f"{found['scenarios']} ({found['distinct_scenarios']} differ)"
    how = f"method {found['method']}, {found['seconds']:.1f} s"
    yield Line(f"Scenarios: {count}{seed}; {how}", "dim")


def _shares(found: Mapping[str, Any]) -> Iterator[Block]:
    listed = [row for row in found["shares"] if row["by"] == "country"]
    order = list(dict.fromkeys((row["stage"], row["material"]) for row in listed))
    listed.sort(key=lambda r: (order.index((r["stage"], r["material"])), -r["share"], r["name"]))
    shown = [row for row in listed if row["share"] >= SMALL or _at_cap(row)]
    rows = [
        (
            row["stage"],
            row["material"],
            row["name"],
            figure(row["tonnes"]),
            f"{row['share']:.3f}",
            figure(row["cap"]),
            "at the cap" if _at_cap(row) else "",
        )
        for row in shown
    ]
    columns = ["stage", "material", "country", ">t", ">share", ">cap", ""]
    if rows:
        yield table("Shares by country over the horizon", columns, rows)
    if len(listed) > len(shown):
        left = len(listed) - len(shown)
        yield Line(f"Not shown: {left} shares of less than {SMALL:.2%} (--json has them).", "dim")


def _at_cap(row: Mapping[str, Any]) -> bool:
    return row["cap"] is not None and abs(row["share"] - row["cap"]) < AT_CAP


def _stocks(found: Mapping[str, Any]) -> Iterator[Block]:
    rows = [
        (
            row["buyer"],
            row["commodity"],
            figure(row["tonnes"]),
            figure(row["days"]),
            figure(row["bought"]),
        )
        for row in found["stocks"]
    ]
    if rows:
        columns = ["buyer", "commodity", ">t", ">days of demand", ">of it bought, t"]
        yield table("Stocks to hold", columns, rows)
    shared = [
        (row["pool"], row["commodity"], figure(row["tonnes"]), row["buyer"], figure(row["most"]))
        for row in found.get("pools", ())
        if row["member"]
    ]
    if shared:
        columns = ["pool", "commodity", ">t", "member", ">its most, t"]
        yield table("Stocks held together", columns, shared)


def _costs(found: Mapping[str, Any]) -> Iterator[Block]:
    costs: Mapping[str, float] = found["costs"]
    largest = max(abs(usd) for usd in costs.values())
    unit, size = money_unit(largest)
    rows = [
        (kind, figure(usd / size, 6))
        for kind, usd in costs.items()
        if abs(usd) > NOTHING * largest or kind == "total"
    ]
    yield table("Expected costs, present value", ["kind", f">{unit}"], rows)


def _value_added(found: Mapping[str, Any]) -> Iterator[Block]:
    """Yield one row a country, with its part of each stage."""
    listed: list[Mapping[str, Any]] = found["value_added"]
    if not listed:
        return
    stages = list(dict.fromkeys(row["stage"] for row in listed))
    added: dict[str, dict[str, float]] = {}
    for row in listed:
        country = added.setdefault(row["country"], dict.fromkeys(stages, 0.0))
        country[row["stage"]] += row["usd"]
    whole = sum(sum(country.values()) for country in added.values())
    unit, size = money_unit(whole)
    # What a solver leaves of nothing is no value.
    seen = {
        name: {stage: usd if abs(usd) > DUST * abs(whole) else 0.0 for stage, usd in parts.items()}
        for name, parts in added.items()
    }
    rows = [
        (
            name,
            *(figure(parts[stage] / size) for stage in stages),
            figure(sum(parts.values()) / size),
            f"{sum(parts.values()) / whole:.3f}" if whole > 0 else "",
        )
        for name, parts in sorted(seen.items(), key=lambda item: (-sum(item[1].values()), item[0]))
        if any(parts.values())
    ]
    title = f"Value added by country, undisturbed plan at reference prices, {unit}"
    yield table(title, ["country", *(f">{stage}" for stage in stages), ">all", ">share"], rows)


def _common_goods(found: Mapping[str, Any]) -> Iterator[Block]:
    rows = [
        (row["what"], row["stage"], row["country"], figure(row["tonnes"]))
        for row in found["common_goods"]
    ]
    if rows:
        title = "Emissions (t CO2e) and radioactive residues (t), undisturbed plan"
        yield table(title, ["what", "stage", "country", ">t"], rows)


def _risk(plan: Plan, found: Mapping[str, Any]) -> Iterator[Block]:
    in_money = {policy.name for policy in plan.policies if policy.kind == "cost_budget"} | {"cost"}
    rows = []
    for row in found["risk"]:
        unit, size = ("of demand", 1.0)
        if row["budget"] in in_money:
            unit, size = money_unit(row["value"])
        # An interval of a large number would else be printed as twice the same.
        least = resolving(row["out_of_sample"], row["low"], row["high"])
        numbers = {
            name: figure(None if row[name] is None else row[name] / size, max(digits, least))
            for name, digits in RISK_DIGITS.items()
        }
        rows.append(
            (
                row["budget"],
                f"{row['measure']} {figure(row['level'])}".strip(),
                numbers["value"],
                numbers["limit"],
                numbers["out_of_sample"],
                f"{numbers['low']} to {numbers['high']}" if numbers["low"] else "",
                unit,
            )
        )
    columns = ["risk", "measure", ">value", ">limit", ">fresh", "95 % interval", ""]
    count = plan.record.out_of_sample
    fresh = f" (fresh: in {count} scenarios that the plan was not made for)" if count else ""
    if rows:
        yield table(f"Risk{fresh}", columns, rows)


def _decisions(found: Mapping[str, Any]) -> Iterator[Block]:
    asked = [row for row in found["decisions"] if row["decision"] == "qualify"]
    rows = [(row["site"], "yes" if row["qualified"] else "no") for row in asked]
    if rows:
        yield table("Decisions", ["site", "qualify"], rows)
    built = [
        (
            INVESTMENTS[row["decision"]],
            row["site"] or row["destination"],
            row["commodity"],
            row["option"],
            row["period"],
            row["usable_from"],
            figure(row["tonnes_per_year"]),
        )
        for row in found["decisions"]
        if row["decision"] in INVESTMENTS
    ]
    if built:
        columns = ["", "where", "commodity", "option", "decided", "usable from", ">t a year"]
        yield table("Investments and tiers of discounts", columns, built)


def _policies(plan: Plan, found: Mapping[str, Any]) -> Iterator[Block]:
    if not plan.policies:
        yield Line("No policies: this is the cheapest plan without any limit.", "title")
        return
    prices = {row["policy"]: row for row in found["prices"] if row["row"] == "all"}
    yield Line("Policies, and how the cost changes as the level of each rises", "title")
    for policy in plan.policies:
        yield Line(f"- {policy.name}: {policy.sentence()}")
        if policy.name in prices:
            price, unit = prices[policy.name]["price"], prices[policy.name]["unit"]
            binds = abs(price) > NOTHING * max(1.0, abs(found["objective"]))
            words = f"price: {_priced(price, unit)}" if binds else "does not bind: its price is 0"
            yield Line(f"  {words}")
            held = _held(prices[policy.name])
            if held:
                yield Line(f"  {held}")


def _held(row: Mapping[str, Any]) -> str:
    """Return over which levels a price holds, and the two prices where they differ."""
    if row.get("valid_from") is None and row.get("valid_to") is None:
        return ""
    ends = [figure(row[name], 5) for name in ("valid_from", "valid_to")]
    said = f"it holds from {ends[0] or 'any level'} to {ends[1] or 'any level'}"
    low, high = row["price_low"], row["price_high"]
    if low is None or high is None:
        return f"{said}; a tighter level has no plan"
    if high - low > NOTHING + 1e-6 * max(abs(low), abs(high)):
        unit = row["unit"]
        said += f": {_priced(low, unit)} on one side of the level, {_priced(high, unit)} on the"
        said += " other"
    return said


def _priced(price: float, unit: str) -> str:
    """Return a price with its unit, such as ``-39.4 million USD per unit of share``."""
    if not unit.startswith("USD"):
        return f"{figure(price, 6)} {unit}"
    name, size = money_unit(price)
    return f"{figure(price / size, 6)} {name}{unit.removeprefix('USD')}"
