"""The answer in four sentences, its proof, and what speaks against trusting it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from diversify.report.figures.costs import spoken_cost
from diversify.report.figures.risk import rows_of, spoken_measure
from diversify.report.flows import Flows, named
from diversify.report.numbers import grouped, joined, money, percent, spoken_money
from diversify.report.pooled import pool_sentences
from diversify.report.subjects import cost_budgets, subjects

if TYPE_CHECKING:
    from diversify.result import Plan

TOP = 3
MATERIALS = 4


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something the reader has to know before the answer is used."""

    tone: Literal["bad", "warn", "note"]
    text: str


def answer(plan: Plan, flows: Flows) -> list[tuple[str, str]]:
    """Return what to buy from whom, what to hold, what it costs and how safe it is.

    Parameters
    ----------
    plan : Plan
        A solved plan.
    flows : Flows
        Its bookings.

    Returns
    -------
    list of tuple of str
        A heading and one sentence each, in this order.
    """
    return [
        ("What to buy", _buy(flows)),
        ("What to hold", _hold(plan)),
        ("What it costs", _pay(plan)),
        ("How safe it is", _risk(plan)),
    ]


def plain(name: str) -> str:
    """Return a name of a table as one would write it."""
    return name.replace("_", " ")


def _buy(flows: Flows) -> str:
    arriving = flows.rows[flows.rows["next_stage"] == ""]
    if arriving.empty:
        return "Buy nothing: no delivery to a buyer is booked."
    mass = arriving.groupby(["commodity", "country"])["tonnes"].sum()
    whole = mass.groupby(level=0).sum().sort_values(ascending=False)
    parts = []
    for commodity in whole.index[:MATERIALS]:
        total = float(whole[commodity])
        mine = mass[commodity].sort_values(ascending=False)
        kept = [(named(str(c)), float(t) / total) for c, t in mine.items() if t > 0.005 * total]
        sellers = [f"{percent(share)} from {name}" for name, share in kept[:TOP]]
        rest = 1.0 - sum(share for _, share in kept[:TOP])
        if rest > 0.005:
            sellers.append(f"{percent(rest)} from elsewhere")
        parts.append(f"{grouped(total)} t of {plain(str(commodity))} ({joined(sellers)})")
    more = len(whole) - MATERIALS
    tail = f", and {more} more below" if more > 0 else ""
    return f"Buy {'; '.join(parts)}{tail}."


def _hold(plan: Plan) -> str:
    table = plan.stocks
    many = table["buyer"].nunique() > 1
    held = []
    rows = table[table["tonnes"] > 1e-9].sort_values("tonnes", ascending=False)
    for row in rows.to_dict("records"):
        size = f"{grouped(row['tonnes'])} t"
        if not math.isnan(row["days"]):
            size = f"{grouped(row['days'])} days of use, {size}"
        held.append(f"{plain(row['commodity'])}{' by ' + row['buyer'] if many else ''} ({size})")
    together = pool_sentences(plan.pools)
    if not held and together:
        return " ".join(together)
    if not held:
        return "Hold no stock: it would cost more than it saves, or none can be held."
    more = len(held) - 2 * MATERIALS
    shown = held[: 2 * MATERIALS] + ([f"{more} more"] if more > 0 else [])
    return " ".join([f"Hold stocks of {joined(shown)}.", *together])


def _pay(plan: Plan) -> str:
    labels = plan.case.period_labels
    when = f"in {labels[0]}" if len(labels) == 1 else f"over {labels[0]} to {labels[-1]}"
    costs = {k: v for k, v in zip(*_columns(plan), strict=True) if k != "total"}
    largest = max(costs, key=lambda kind: costs[kind], default="")
    part = ""
    if plan.objective > 0 and largest and costs[largest] > 0:
        share = percent(costs[largest] / plan.objective)
        part = f"; the largest part, {share}, is for {spoken_cost(largest)}"
    return f"Expect to pay {spoken_money(plan.objective)}, present value, {when}{part}."


def _columns(plan: Plan) -> tuple[list[str], list[float]]:
    table = plan.costs
    return table["kind"].tolist(), table["usd"].tolist()


def _risk(plan: Plan) -> str:
    budgets = cost_budgets(plan)
    table = plan.risk
    parts = []
    for what in subjects(table, plan.loss_curves, budgets):
        if what == "cost":
            continue
        rows = rows_of(table, what, budgets).to_dict("records")
        mean = next((r for r in rows if r["measure"] == "expectation"), None)
        others = [r for r in rows if r["measure"] != "expectation"]
        tail = next((r for r in others if not math.isnan(r["limit"])), next(iter(others), None))
        said = []
        if mean is not None:
            said.append(f"{percent(mean['value'])} on average")
        if tail is not None:
            text = f"{percent(tail['value'])} {spoken_measure(tail['measure'], tail['level'])}"
            if not math.isnan(tail["limit"]):
                text += f" (limit {percent(tail['limit'])})"
            if not math.isnan(tail["out_of_sample"]):
                text += f", {percent(tail['out_of_sample'])} in fresh scenarios"
            said.append(text)
        if said:
            parts.append(f"{what}: {', '.join(said)}")
    if not parts:
        return "No risk of shortage is known for this plan."
    shown = parts[:MATERIALS] + (["more below"] if len(parts) > MATERIALS else [])
    return f"Of the planned demand this may be short: {'; '.join(shown)}."


def proof(plan: Plan) -> tuple[bool, str]:
    """Return whether the plan is proven, and what is known about that.

    Parameters
    ----------
    plan : Plan
        A solved plan.
    """
    record = plan.record
    found = record.certificate
    if record.status == "optimal" and record.point == "certified" and found is not None:
        return True, (
            f"Proven: no plan that keeps these rules costs less than {money(record.bound)}. "
            f"Recomputed from the point and its multipliers: primal {found.primal:.1e}, dual "
            f"{found.dual:.1e}, gap {found.gap:.1e}; {found.allowed}."
        )
    why = f" ({record.reason})" if record.reason else ""
    known = math.isfinite(record.bound)
    bound = f"the lowest cost is not below {money(record.bound)}" if known else "no bound is known"
    return False, (
        f"Not proven to be the cheapest: the solver {record.status}{why}, the plan is "
        f"{record.point}; {bound}."
    )


def caveats(plan: Plan, version: str) -> list[Caveat]:
    """Return what speaks against trusting the numbers, the gravest first.

    Parameters
    ----------
    plan : Plan
        A solved plan.
    version : str
        Of this library.
    """
    found = []
    proven, text = proof(plan)
    if not proven:
        found.append(Caveat("bad", text))
    found += [Caveat("warn", text) for text in _beyond_limits(plan)]
    made = plan.record.versions.get("diversify", version)
    if made not in (version, "not installed"):
        found.append(
            Caveat("warn", f"The plan was made by diversify {made}; this page by {version}.")
        )
    if plan.record.seed is not None and not plan.record.out_of_sample:
        found.append(
            Caveat(
                "note",
                "Risk is judged by the scenarios that the plan was made for; it was not checked in "
                "fresh ones, where it tends to be higher.",
            )
        )
    return found + [Caveat("note", text) for text in plan.record.warnings]


def _beyond_limits(plan: Plan) -> list[str]:
    found = []
    in_money = cost_budgets(plan)
    for row in plan.risk.to_dict("records"):
        limit, fresh, low = row["limit"], row["out_of_sample"], row["low"]
        if math.isnan(limit) or math.isnan(fresh) or fresh <= limit * (1 + 1e-6):
            continue
        amount = _amounts(row, row["budget"] in in_money)
        sure = "is" if low > limit else "may be"
        found.append(
            f"“{row['budget']}” {sure} above its limit of {amount['limit']}: in "
            f"{plan.record.out_of_sample} fresh scenarios it is {amount['out_of_sample']} "
            f"(95 % interval {amount['low']} to {amount['high']})."
        )
    return found


def _amounts(row: dict[Any, Any], in_money: bool) -> dict[str, str]:
    names = ("limit", "out_of_sample", "low", "high")
    return {n: spoken_money(row[n]) if in_money else percent(row[n]) for n in names}
