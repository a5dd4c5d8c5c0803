"""The settings of a rivalry, each solved once, and their tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from diversify.accounts import Account, Usage, accounts, usage
from diversify.jobs import Progress, ready
from diversify.policies import Policy
from diversify.policies.taken import Taken
from diversify.result.plan import Plan
from diversify.scenarios import Scenarios

JOINT, ALONE, TURN = "joint", "alone", "in turn"
WHO = ["mode", "order", "without", "buyer"]
COLUMNS = [*WHO, "status", "cost", "unit_cost", "lost_output", "shortage"]


@dataclass(slots=True)
class Runs:
    """Solves settings once each, and keeps their plans.

    A setting is mode, order and whose policies are left out; its plans are by the buyer that they
    are for, ``""`` for all together.
    """

    own: Mapping[str, tuple[Policy, ...]]
    solve: Callable[[Sequence[str], Sequence[Policy]], Plan | None]
    batch: Scenarios
    progress: Progress
    settings: dict[tuple[str, str, str], dict[str, Plan | None]] = field(default_factory=dict)
    _met: dict[tuple[tuple[str, ...], str], Plan | None] = field(default_factory=dict)
    _books: dict[int, tuple[dict[str, Account], Usage]] = field(default_factory=dict)

    def books(self, plan: Plan) -> tuple[dict[str, Account], Usage]:
        """Return who pays what of a plan, and what it takes; each plan is looked at once."""
        if id(plan) not in self._books:
            job = ready(plan)
            self._books[id(plan)] = accounts(plan, self.batch, job), usage(plan, job)
        return self._books[id(plan)]

    @property
    def plans(self) -> dict[tuple[str, str, str, str], Plan]:
        """All plans by setting and buyer."""
        return {
            (*setting, buyer): plan
            for setting, plans in self.settings.items()
            for buyer, plan in plans.items()
            if plan is not None
        }

    def joint(self, names: Sequence[str], without: str) -> None:
        """Solve for all together."""
        self.progress(f"{JOINT}{_but(without)}")
        limits = [p for b in names if b != without for p in self.own[b]]
        self.settings[JOINT, "", without] = {"": self.solve(names, limits)}

    def alone(self, buyer: str, without: str) -> None:
        """Solve for one that has everything to itself."""
        setting = self.settings.setdefault((ALONE, "", without), {})
        setting[buyer] = self._after((), buyer, without)

    def turn(self, order: Sequence[str], without: str) -> None:
        """Solve for each after those who come before it."""
        setting = self.settings.setdefault((TURN, " > ".join(order), without), {})
        for i, buyer in enumerate(order):
            setting[buyer] = self._after(tuple(order[:i]), buyer, without)

    def _after(self, before: tuple[str, ...], buyer: str, without: str) -> Plan | None:
        """Return the plan of a buyer after others; whose policies do not matter yet is left out."""
        line = (*before, buyer)
        key = line, without if without in line else ""
        if key not in self._met:
            self.progress(f"{' > '.join(line)}{_but(key[1])}")
            earlier = [self._after(line[:i], line[i], without) for i in range(len(before))]
            limits = [] if buyer == without else [*self.own[buyer]]
            used = [self.books(plan)[1] for plan in earlier if plan is not None]
            if used:
                limits.append(_taken(before, used))
            self._met[key] = self.solve([buyer], limits)
        return self._met[key]


def _but(without: str) -> str:
    return f", without the policies of {without}" if without else ""


def _taken(before: tuple[str, ...], every: Iterable[Usage]) -> Taken:
    gone: dict[str, dict[tuple[str, int], float]] = {"sites": {}, "lanes": {}, "limits": {}}
    for used in every:
        for what, total in gone.items():
            for key, tonnes in getattr(used, what).items():
                total[key] = total.get(key, 0.0) + tonnes
    parts: dict[str, Any] = {
        what: tuple((name, t, tonnes) for (name, t), tonnes in sorted(total.items()))
        for what, total in gone.items()
    }
    return Taken(buyers=before, **parts)


def tables(names: Sequence[str], runs: Runs) -> dict[str, pd.DataFrame]:
    """Return the tables of all settings: ``table``, ``shares`` and ``value_added``.

    Parameters
    ----------
    names : sequence of str
        All buyers.
    runs : Runs
        With every setting solved.

    Returns
    -------
    dict
        Frames by name, with the columns that :class:`diversify.rivals.record.Rivalry` describes.
    """
    rows: list[dict[str, Any]] = []
    shares: list[dict[str, Any]] = []
    value: list[dict[str, Any]] = []
    for (mode, order, without), plans in runs.settings.items():
        place = {"mode": mode, "order": order, "without": without}
        added: dict[str, float] = {}
        for whom, plan in plans.items():
            mine = [whom] if whom else list(names)
            found = {} if plan is None else runs.books(plan)[0]
            for buyer in mine:
                row: dict[str, Any] = {**place, "buyer": buyer, "status": "infeasible"}
                if plan is not None:
                    account = found[buyer]
                    row["status"] = plan.status
                    row["cost"], row["unit_cost"] = account.cost, account.unit_cost
                    row["lost_output"], row["shortage"] = account.lost, account.shortage
                rows.append(row)
            if plan is not None:
                shares += [{**place, **row} for row in _shares(plan, mine)]
                for country, usd in plan.value_added.groupby("country")["usd"].sum().items():
                    added[str(country)] = added.get(str(country), 0.0) + float(usd)
        value += [{**place, "country": c, "usd": usd} for c, usd in sorted(added.items())]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return {
        "table": table.astype(dict.fromkeys(COLUMNS[5:], "float64")),
        "shares": pd.DataFrame(shares, columns=[*WHO, "country", "tonnes", "share"]),
        "value_added": pd.DataFrame(value, columns=[*WHO[:3], "country", "usd"]),
    }


def _shares(plan: Plan, buyers: Iterable[str]) -> list[dict[str, Any]]:
    rows = plan.portfolio
    found = []
    for buyer in buyers:
        tonnes = rows[rows["destination"] == buyer].groupby("country")["tonnes"].sum()
        whole = float(tonnes.sum())
        found += [
            {"buyer": buyer, "country": country, "tonnes": float(x), "share": float(x) / whole}
            for country, x in tonnes.items()
        ]
    return found
