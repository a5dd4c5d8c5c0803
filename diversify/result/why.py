"""Why each supplier is used or not: a sentence with its numbers, from multipliers and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import PLAN, make_label
from diversify.errors import SolverError
from diversify.formulation import Network
from diversify.policies import Policy
from diversify.solver.entering import Entering
from diversify.solver.solution import Solution

Vector = NDArray[np.float64]
Index = NDArray[np.int64]
COLUMNS = [
    "site", "country", "stage", "tonnes", "status", "more", "cheaper", "charge", "limits",
    "sentence",
]  # fmt: skip
NOTHING = 1e-9
# Suppliers that are not used and are looked at one by one.
MOST = 400


def suppliers(solution: Solution, network: Network, policies: Mapping[str, Policy]) -> pd.DataFrame:
    """Return why each site that could deliver is used or not.

    Parameters
    ----------
    solution : Solution
        A solved problem.
    network : Network
        Its network.
    policies : mapping
        The policies by name.

    Returns
    -------
    pandas.DataFrame
        Columns site, country, stage, tonnes (booked over the horizon), status (``used``, ``at
        capacity``, ``at its quota``, ``held down``, ``not used``, ``shut out``), more (what one
        more tonne of capacity or quota in each period would save [USD]), cheaper (by how much each
        tonne would have to be cheaper before it is used, at least [USD/t]), charge (what the rules
        charge each tonne [USD/t]), limits (what binds), sentence. Present values; empty where a
        number says nothing. No row where the plan is not proven.
    """
    if solution.point != "certified" or not solution.worth.known:
        return pd.DataFrame([], columns=COLUMNS)
    seen = _Seen(solution, network, policies)
    rows = [seen.row(site) for site in network.sites.index if seen.columns(site)]
    return pd.DataFrame(rows, columns=COLUMNS)


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    charge: float


class _Seen:
    """What the multipliers of a solution say about sites."""

    def __init__(
        self, solution: Solution, network: Network, policies: Mapping[str, Policy]
    ) -> None:
        self.solution, self.network = solution, network
        self.blocks: Blocks = solution.blocks
        levels = {
            name: policy.symbol_value(policy.level_value)
            for name, policy in policies.items()
            if name in self.blocks.levels
        }
        self.theta = self.blocks.level_values(levels)
        self.column = {name: i for i, name in enumerate(self.blocks.columns)}
        self.place = {name: i for i, name in enumerate(self.blocks.rows)}
        self.lanes: dict[str, list[str]] = {}
        for lane, site in network.lanes["origin"].items():
            self.lanes.setdefault(str(site), []).append(str(lane))
        self.small = NOTHING * (1.0 + abs(solution.objective))
        values = self.blocks.entries.at(self.theta)
        rows = np.flatnonzero((self.blocks.stage == PLAN) & (self.blocks.policy >= 0))
        part = self.blocks.matrix[rows].copy()
        part.data = values[part.data] * np.repeat(
            -solution.row_multiplier[rows], np.diff(part.indptr)
        )
        self._charged = part.tocsc()
        self._by = self.blocks.policy[rows]
        self._looked = 0

    def columns(self, site: str) -> list[tuple[int, int]]:
        """Return column and period of every booking from a site."""
        found = [
            (self.column.get(make_label("plan.book", lane, t), -1), t)
            for lane in self.lanes.get(site, ())
            for t in self.network.periods
        ]
        return [(column, t) for column, t in found if column >= 0]

    def row(self, site: str) -> dict[str, object]:
        """Return the row of a site."""
        found = self.columns(site)
        at = np.array([column for column, _ in found], dtype=np.int64)
        discount = np.array([self.network.discount[t] for _, t in found])
        booked = np.maximum(self.solution.plan[at], 0.0)
        tonnes = float(booked.sum())
        rules = self._rules(at, booked if tonnes > NOTHING else np.ones(len(at)), discount)
        answer: dict[str, object] = dict.fromkeys(("more", "cheaper"), None)
        answer |= {
            "site": site,
            "country": self.network.site(site, "country"),
            "stage": self.network.site(site, "stage"),
            "tonnes": tonnes,
            "charge": sum(rule.charge for rule in rules),
        }
        used = tonnes > NOTHING
        said = self._used(site, at, booked, rules) if used else self._unused(at, discount, rules)
        return {**answer, **said, "sentence": f"{site} {said['sentence']}"}

    @cached_property
    def _entering(self) -> Entering:
        return Entering(self.solution, self.theta)

    def _rules(self, at: Index, weight: Vector, discount: Vector) -> list[_Rule]:
        """Return what each rule charges a tonne, the dearest first."""
        part = self._charged[:, at]
        each = np.asarray(part @ weight).ravel()
        whole = max(float(discount @ weight), 1e-12)
        by = np.bincount(self._by, each, len(self.blocks.policies)) / whole
        return [
            _Rule(self.blocks.policies[i], float(by[i]))
            for i in np.argsort(-np.abs(by), kind="stable")
            if abs(by[i]) * whole > self.small
        ]

    def _used(self, site: str, at: Index, booked: Vector, rules: list[_Rule]) -> dict[str, object]:
        worth = self._capacity(site)
        periods = len(self.network.periods)
        tight = int((worth > self.small).sum())
        more = float(worth.sum())
        quota = -self.solution.worth.upper[at]
        if more > self.small:
            when = f" in {tight} of {periods} periods" if periods > 1 else ""
            where = " of capacity in each period" if periods > 1 else " there"
            text = f"is at capacity{when}; one more tonne{where} would save {_usd(more)}"
            status, limits = "at capacity", ["capacity"]
        elif quota.sum() > self.small:
            more = float(quota.sum())
            each = " in each period" if periods > 1 else ""
            text = f"is at its quota; one more tonne{each} would save {_usd(more)}"
            status, limits = "at its quota", ["quota"]
        else:
            more, limits = 0.0, []
            text, status = "is used as far as it pays", "used"
        for rule in rules:
            limits.append(rule.name)
            if rule.charge > 0:
                status = "held down" if status == "used" else status
                text += (
                    f"; rule {rule.name!r} holds it down and charges {_usd(rule.charge)} a tonne"
                )
            else:
                text += f"; rule {rule.name!r} holds it up by {_usd(-rule.charge)} a tonne"
        limits_text = ", ".join(limits)
        return {"status": status, "more": more, "limits": limits_text, "sentence": f"{text}."}

    def _capacity(self, site: str) -> Vector:
        """Return what one more tonne of capacity in each period would save [USD], shape (T,)."""
        found = np.zeros(len(self.network.periods))
        for t in self.network.periods:
            plan = self.place.get(make_label("plan.capacity", site, t))
            if plan is None:
                continue
            found[t] -= self.solution.row_multiplier[plan]
            ops = self.place.get(make_label("ops.capacity", site, t))
            size = self._size(plan)
            if ops is not None and size > 0:
                found[t] -= self.solution.worth.offered[ops] / size
        return np.maximum(found, 0.0)

    def _size(self, row: int) -> float:
        """Return the capacity that a row of the plan offers, with what is built."""
        blocks = self.blocks
        span = slice(blocks.matrix.indptr[row], blocks.matrix.indptr[row + 1])
        entries = blocks.matrix.data[span]
        values = blocks.entries.base[entries] + blocks.entries.slope[entries] @ self.theta
        offers = values < 0
        right = blocks.right.base[row] + float((blocks.right.slope[[row]] @ self.theta)[0])
        return float(right) - float(
            values[offers] @ self.solution.plan[blocks.matrix.indices[span][offers]]
        )

    def _unused(self, at: Index, discount: Vector, rules: list[_Rule]) -> dict[str, object]:
        names = ", ".join(rule.name for rule in rules if rule.charge > 0)
        try:
            self._looked += 1
            price = self._entering.price(at, discount) if self._looked <= MOST else np.nan
        except SolverError:
            price = np.nan
        if np.isnan(price):
            return {"status": "not used", "limits": names, "sentence": "is not used."}
        if np.isinf(price):
            return self._shut_out(at, discount)
        text = f"is not used: it would have to be {self._least}{_usd(price)} a tonne cheaper"
        if price <= 1e-6:
            text = "is not used, though it would cost no more than what is used"
        for rule in rules:
            if rule.charge > 0:
                text += f"; rule {rule.name!r} charges each {_usd(rule.charge)}"
        return {
            "status": "not used",
            "cheaper": price,
            "limits": names,
            "sentence": f"{text}.",
        }

    @property
    def _least(self) -> str:
        # One scenario is the plan itself; of several, recourse is taken at its present prices.
        return "at least " if self.solution.size["distinct_scenarios"] > 1 else ""

    def _shut_out(self, at: Index, discount: Vector) -> dict[str, object]:
        """Say which rule, left out, would let a site deliver."""
        names = [
            name
            for i, name in enumerate(self.blocks.policies)
            if np.isfinite(self._entering.price(at, discount, without=i))
        ]
        if names:
            listed = " or ".join(repr(name) for name in names)
            text = f"cannot deliver: rule {listed} shuts it out"
        elif np.isfinite(self._entering.price(at, discount, without=None)):
            text = "cannot deliver within the rules"
        else:
            text = "cannot deliver: it is not qualified, or nothing leads to or from it"
        return {"status": "shut out", "limits": ", ".join(names), "sentence": f"{text}."}


def _usd(amount: float) -> str:
    return f"{amount:,.0f} USD" if abs(amount) >= 100 else f"{amount:,.4g} USD"
