"""How many days a plan survives without each site, country and owner, and what that costs."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import Affine, split_label
from diversify.compile.compiler import compile_build
from diversify.errors import Finding, InputError
from diversify.formulation import Network, build_network, start_build
from diversify.jobs import Job, ready
from diversify.losses import Loss, Losses, Unit, struck_by
from diversify.policies.survive_loss import SurviveLoss
from diversify.result.plan import Plan
from diversify.result.point import plan_point
from diversify.scenarios import Scenarios
from diversify.solver.data import scenario_data
from diversify.solver.evaluation import scenario_forms
from diversify.solver.evaluator import Evaluator

Vector = NDArray[np.float64]
COLUMNS = (
    "node",
    "time_to_survive_days",
    "without_stock_days",
    "whole_horizon",
    "time_to_recover_days",
    "loss",
    "loss_without_stock",
    "short_tonnes",
)
# Halvings of the horizon: to a ten thousandth of a day for three years.
HALVINGS = 24
# What is left out to see what the stock is worth.
STORED = ("plan.target", "plan.pool_target")
# Shortage below this part of demand is none.
NOTHING = 1e-8


def survival(
    plan: Plan, *, from_period: str | None = None, days: float | None = None
) -> pd.DataFrame:
    """Return how long a plan survives the loss of each node, and what the loss costs.

    A node is a site, a country or an owner from which the plan buys. Its time to survive is the
    longest outage that leaves nothing short that was not short anyway; its time to recover is that
    of its sites (column ``recovery_months``), or the longest mean duration of its own hazards. The
    loss is the least one over the time to recover. (Simchi-Levi et al., Interfaces 45(5), 2015.)

    Parameters
    ----------
    plan : Plan
        A solved plan, also one that was read from a folder.
    from_period : str, optional
        Label of the period in which the outage begins; the first one if omitted.
    days : float, optional
        Time to recover of nodes for which the case has none.

    Returns
    -------
    pandas.DataFrame
        Columns node, time_to_survive_days, without_stock_days (the same if nothing were held),
        whole_horizon (it survives to the end of the horizon, which is then the time),
        time_to_recover_days, loss and loss_without_stock [USD, present value], and short_tonnes of
        all commodities together, with the stock. Losses are infinite where demand is firm and
        cannot be met, and empty where the time to recover is not known.

    Raises
    ------
    InputError
        If the plan does not fit its case, there is no such period, or days are no number above 0.

    Examples
    --------
    >>> import diversify as dv
    >>> dv.survival(dv.solve(dv.example("first-steps")))["node"].tolist()
    ['site A1', 'site B', 'country AUS', 'country CHN']
    """
    if days is not None and not (math.isfinite(days) and days > 0):
        raise InputError(
            [
                Finding.error(
                    table="survival",
                    column="days",
                    value=str(days),
                    message="a time to recover is a finite number above 0",
                    remedy="give days, such as 90",
                )
            ]
        )
    job = ready(plan)
    blocks = compile_build(job.build)
    return survived(job, blocks, plan_point(plan, blocks), from_period, days)


def survived(
    job: Job,
    blocks: Blocks,
    point: Vector,
    from_period: str | None = None,
    usual: float | None = None,
) -> pd.DataFrame:
    """Return the table of :func:`survival` for a first-stage point.

    Parameters
    ----------
    job : Job
        The case, made ready.
    blocks : Blocks
        Its compiled problem.
    point : numpy.ndarray
        First-stage point, shape (first,).
    from_period, usual
        As ``from_period`` and ``days`` in :func:`survival`.

    Returns
    -------
    pandas.DataFrame
        One row for each node.
    """
    case = job.network.case
    first = SurviveLoss(by="site", from_period=from_period).start(job.network)
    named = dict(zip(blocks.columns[: blocks.first], np.maximum(point, 0.0).tolist(), strict=True))
    units = _units(job.network, named)
    if not units:
        return pd.DataFrame(columns=list(COLUMNS))
    # Without any loss in it the network would not know the units.
    some = Loss("survival", (units[0].name,), first, 0.0)
    network = build_network(case, Losses(tuple(units), (some,)))
    whole = compile_build(start_build(network))
    held = np.array([named[label] for label in whole.columns[: whole.first]])
    bare = held.copy()
    stocks = [split_label(label)[0] in STORED for label in whole.columns[: whole.first]]
    bare[np.array(stocks, dtype=bool)] = 0.0
    days = 365.0 * case.period_years
    recover = np.array([time_to_recover(network, unit) for unit in units])
    if usual is not None:
        recover = np.where(np.isnan(recover), usual, recover)
    trial, bared = (_Trial(network, whole, x, units, first) for x in (held, bare))
    survives = trial.longest()
    lost, short = trial.at(recover / days)
    rows = {
        "node": [unit.name for unit in units],
        "time_to_survive_days": survives * days,
        "without_stock_days": bared.longest() * days,
        "whole_horizon": survives >= trial.left,
        "time_to_recover_days": recover,
        "loss": lost,
        "loss_without_stock": bared.at(recover / days)[0],
        "short_tonnes": short,
    }
    return pd.DataFrame(rows, columns=list(COLUMNS))


def time_to_recover(network: Network, unit: Unit) -> float:
    """Return the time to recover of a node [days], not a number where it is not known.

    Parameters
    ----------
    network : Network
        The network of the case.
    unit : Unit
        A site, country or owner.

    Returns
    -------
    float
        The longest of its sites, else the longest mean duration of the hazards that strike it by
        name.
    """
    months = max((float(network.site(s, "recovery_months")) for s in unit.sites), default=0.0)
    if months <= 0:
        by, _, name = unit.name.partition(" ")
        table = network.case.table("hazards")
        own = table[(table["by"] == by) & (table["name"] == name)]["duration_months"].dropna()
        months = float(own.max()) if len(own) else 0.0
    return months / 12.0 * 365.0 if months > 0 else float("nan")


def _units(network: Network, named: dict[str, float]) -> list[Unit]:
    """Return what the plan buys from: sites, countries, and owners of several sites."""
    booked: dict[str, float] = {}
    for label, value in named.items():
        family, index = split_label(label)
        if family == "plan.book":
            booked[index[0]] = booked.get(index[0], 0.0) + value
    found: list[Unit] = []
    largest = max(booked.values(), default=0.0)
    for by in ("site", "country", "owner"):
        for unit in SurviveLoss(by=by).units(network):
            moved = sum(booked.get(lane, 0.0) for lane in struck_by(network.lanes, unit))
            same = by == "owner" and any(unit.sites == other.sites for other in found)
            if moved > NOTHING * largest and not same:
                found.append(unit)
    return found


@dataclass
class _Trial:
    """Outages of several nodes, each alone, against one plan."""

    network: Network
    blocks: Blocks
    point: Vector
    units: list[Unit]
    first: int

    def __post_init__(self) -> None:
        forms = scenario_forms(self.blocks)
        short = np.zeros(len(self.blocks.columns))
        for key, form in forms.items():
            short += form if key[0] == "short" else 0.0
        none = sp.csr_array((len(short), len(self.blocks.symbols)))
        # Tonnes alone count when it is asked whether anything must be short.
        self._least = dataclasses.replace(self.blocks, cost=Affine(short, none))
        self._money = np.array([k[0] == "cost" for k in forms])
        self.left = float(self.network.case.periods - self.first)
        self._demand = sum(self.network.demand.values())

    def longest(self) -> Vector:
        """Return the longest outage of each node that leaves nothing more short [periods]."""
        count = len(self.units)
        calm = self._short(np.zeros(1), self.units[:1])[0]
        edge = calm + NOTHING * max(self._demand, 1e-9)
        low, high = np.zeros(count), np.full(count, self.left)
        over = self._short(high, self.units) > edge
        low[~over] = self.left
        open_ = np.flatnonzero(over)
        for _ in range(HALVINGS if len(open_) else 0):
            middle = (low[open_] + high[open_]) / 2
            bad = self._short(middle, [self.units[i] for i in open_]) > edge
            high[open_[bad]], low[open_[~bad]] = middle[bad], middle[~bad]
        return low

    def at(self, length: Vector) -> tuple[Vector, Vector]:
        """Return what outages of known length cost [USD] and leave short [t], beyond calm."""
        lost, short = np.full(len(length), np.nan), np.full(len(length), np.nan)
        known = np.flatnonzero(np.isfinite(length))
        if len(known):
            chosen = [self.units[i] for i in known]
            forms = self._forms(self.blocks, np.minimum(length[known], self.left), chosen)
            calm = self._forms(self.blocks, np.zeros(1), self.units[:1])[0]
            sizes = np.abs(calm[self._money]).sum(), self._demand
            parts = (lost, self._money), (short, ~self._money)
            for (found, part), size in zip(parts, sizes, strict=True):
                more = forms[:, part].sum(axis=1) - calm[part].sum()
                found[known] = np.where(np.abs(more) <= NOTHING * size, 0.0, more)
        return lost, short

    def _short(self, length: Vector, units: list[Unit]) -> Vector:
        # Firm demand that cannot be met is short without end.
        forms = self._forms(self._least, length, units)
        met = np.isfinite(forms).all(axis=1)
        return np.asarray(np.where(met, forms[:, ~self._money].sum(axis=1), np.inf))

    def _forms(self, blocks: Blocks, length: Vector, units: list[Unit]) -> Vector:
        count, network = len(units), self.network
        hazards = sorted(network.case.table("hazards")["hazard"])
        names = [unit.name for unit in network.losses.units]
        values = np.ones((count, len(hazards) + len(names), network.case.periods))
        now = np.arange(network.case.periods)
        for k, unit in enumerate(units):
            gone = np.clip(self.first + length[k] - now, 0.0, 1.0)
            gone[: self.first] = 0.0
            values[k, len(hazards) + names.index(unit.name)] = 1.0 - gone
        mass = np.full(count, 1.0 / count)
        labels = tuple(str(k) for k in range(count))
        batch = Scenarios((*hazards, *names), values, mass, labels)
        # Recourse begins with the outage, also with one of no length at all.
        theta, _ = scenario_data(blocks, network, batch, {}, "clairvoyant")
        news = np.full(count, self.first, dtype=np.int64)
        evaluator = Evaluator(blocks, theta, mass, news, policies=False)
        try:
            found = evaluator.evaluate(self.point)
        finally:
            evaluator.close()
        forms = found.forms.copy()
        forms[~np.isfinite(found.costs)] = np.inf
        return forms
