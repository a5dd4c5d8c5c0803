"""The extensive form in linopy, written from the tables alone: a second pen for the same algebra.

It shares nothing with the formulation but the network's look-ups, so that an equal optimum says
something. It knows what the case needs: lanes, recipes, stocks, tiers of shortage, caps on shares
and CVaR budgets on shortage; it refuses anything else.
"""

from __future__ import annotations

import logging
from typing import Any

import linopy
import numpy as np
import pandas as pd
import scipy.sparse as sp
import xarray as xr

from benchmarks.clock import Clock
from benchmarks.registry import Options, Repetition
from benchmarks.work import Work, solved, work
from diversify.policies import ShareCap, ShortageBudget
from diversify.solver.problem import Problem


def run(options: Options) -> Repetition:
    """Build the model in linopy, take its matrices, solve."""
    given = work(options)
    logging.disable(logging.WARNING)
    clock = Clock()
    with clock.phase("build"):
        model, offset = Writer(given).written()
    with clock.phase("matrices"):
        problem = matrices(model, offset)
    _, optimum = solved(problem, clock)
    return Repetition(clock.total(), given.sizes(problem), {"optimum": optimum})


class Writer:
    """Writes the model of a case and a batch, one physical thing a method."""

    def __init__(self, given: Work) -> None:
        self.m = linopy.Model()
        self.given, self.network, self.batch = given, given.network, given.batch
        self.lanes, self.sites, self.stocks = (
            self.network.lanes,
            self.network.sites,
            self.network.stocks,
        )
        if self.sites["decision"].any() or any(self.network.firm.values()):
            raise NotImplementedError("yes/no decisions or firm demand")
        self.t = pd.RangeIndex(self.network.case.periods, name="t")
        self.s = pd.RangeIndex(self.batch.count, name="s")
        self.lane = pd.Index(self.lanes.index, name="lane")
        self.run = pd.Index([f"{s}|{r}" for s, r in self.network.recipes], name="run")
        self.held = pd.Index([f"{b}|{c}" for b, c in self.stocks.index], name="held")
        self.need = pd.Index(sorted({f"{b}|{c}" for b, c, _ in self.network.demand}), name="need")
        self.tier = pd.Index(
            [f"{n}|{k}" for n in self.need for k, _, _ in self.tiers(n)], name="tier"
        )
        d = np.array(self.network.discount)
        self.d, self.end = xr.DataArray(d[:-1], coords=[self.t]), float(d[-1])
        self.p = xr.DataArray(self.batch.probability, coords=[self.s])
        self.short: dict[str, Any] = {}

    def written(self) -> tuple[Any, float]:
        """Return the model and the constant of its objective."""
        self.first_stage()
        self.second_stage()
        self.stock_levels()
        for stage in ("plan", "ops"):
            self.processing(stage)
            self.demand(stage)
        for policy in self.given.policies:
            if isinstance(policy, ShareCap):
                self.share_cap(policy)
            elif isinstance(policy, ShortageBudget) and policy.measure_of == "cvar":
                self.shortage_cvar(policy)
            else:
                raise NotImplementedError(policy.kind)
        self.m.add_objective(self.plan_cost() + self.ops_cost())
        return self.m, 0.0

    def tiers(self, need: str) -> list[tuple[int, float, float]]:
        buyer, commodity = need.split("|")
        return self.network.tiers[buyer, commodity]

    def per_lane(self, values: Any) -> xr.DataArray:
        return xr.DataArray(np.asarray(values, dtype=float), coords=[self.lane])

    def available(self, hazards: tuple[str, ...]) -> np.ndarray:
        place = [self.batch.hazards.index(h) for h in hazards]
        values = self.batch.values[:, place]
        return values.min(axis=1) if place else np.ones((len(self.s), len(self.t)))

    def first_stage(self) -> None:
        open_ = self.t.to_numpy()[None, :] >= self.lanes["first_period"].to_numpy()[:, None]
        most = np.where(open_, self.lanes["quota"].to_numpy(dtype=float)[:, None], 0.0)
        self.book = self.m.add_variables(0, most, coords=[self.lane, self.t], name="book")
        self.first = [int(self.sites.at[name.split("|")[0], "first_period"]) for name in self.run]
        used = np.where(self.t.to_numpy()[None, :] >= np.array(self.first)[:, None], np.inf, 0.0)
        self.activity = {
            "plan": self.m.add_variables(0, used, coords=[self.run, self.t], name="run plan"),
            "ops": self.m.add_variables(
                0,
                xr.DataArray(used, coords=[self.run, self.t]),
                coords=[self.run, self.t, self.s],
                name="run ops",
            ),
        }
        size = self.stocks["capacity"].to_numpy(dtype=float)
        initial = xr.DataArray(self.stocks["initial"].to_numpy(dtype=float), coords=[self.held])
        self.target = self.m.add_variables(0, size, coords=[self.held], name="target")
        self.bought = self.m.add_variables(0, coords=[self.held], name="bought")
        self.sold = self.m.add_variables(0, initial, coords=[self.held], name="sold")
        self.m.add_constraints(self.bought - self.sold - self.target == -initial, name="opening")

    def second_stage(self) -> None:
        coords = [self.lane, self.t, self.s]
        avail = np.stack([self.available(self.network.lane_hazards[x]).T for x in self.lane])
        news = self.t.to_numpy()[:, None] >= self.batch.first_news[None, :]
        self.pre = xr.DataArray(1.0 - news, coords=[self.t, self.s])
        avail = xr.DataArray(avail, coords=coords)
        extra = avail * (1.0 - self.pre)
        flex, take = self.per_lane(self.lanes["flex"]), self.per_lane(self.lanes["take_or_pay"])
        self.flow = self.m.add_variables(0, coords=coords, name="flow")
        most = (self.per_lane(self.lanes["spot_limit"]) * extra).transpose("lane", "t", "s")
        open_ = self.t.to_numpy()[None, :] >= self.lanes["first_period"].to_numpy()[:, None]
        most = most * xr.DataArray(open_, coords=[self.lane, self.t])
        self.spot = self.m.add_variables(0, most, coords=coords, name="spot")
        self.m.add_constraints(self.flow - (avail + flex * extra) * self.book <= 0, name="most")
        self.m.add_constraints(self.flow - (self.pre + take * extra) * self.book >= 0, name="least")
        self.moved = {"plan": 1.0 * self.book, "ops": self.flow + self.spot}

    def stock_levels(self) -> None:
        coords = [self.held, self.t, self.s]
        self.stock = self.m.add_variables(0, coords=coords, name="stock")
        self.m.add_constraints(self.stock - self.target <= 0, name="stock most")
        self.m.add_constraints(self.stock - self.pre * self.target >= 0, name="stock least")

    def by(self, expression: Any, dim: str, keys: list[str], members: list[Any]) -> Any:
        """Return the sums of an expression over the members of each key, on the dimension node."""
        chosen = expression.sel({dim: members})
        label = pd.Series(
            keys, index=pd.Index(chosen.coords[dim].to_numpy(), name=dim), name="node"
        )
        return chosen.groupby(label).sum()

    def ends(self, column: str, places: set[str]) -> tuple[list[str], list[str]]:
        """Return the lanes that touch some places at one end, with the node of each."""
        rows = self.lanes[self.lanes[column].isin(places)]
        return list(rows[column] + "|" + rows["commodity"]), list(rows.index)

    def amounts(self, stage: str, direction: str, nodes: set[str] | None) -> Any:
        """Return tonnes used or made at each node, from the activity of the recipes."""
        rows = [
            (f"{site}|{c}", f"{site}|{r}", amount)
            for (site, r), sides in self.network.recipes.items()
            for c, amount in sides[direction].items()
            if nodes is None or f"{site}|{c}" in nodes
        ]
        rows.sort()
        row = pd.RangeIndex(len(rows), name="row")
        at = xr.DataArray([run for _, run, _ in rows], coords=[row])
        each = self.activity[stage].sel(run=at)
        amount = xr.DataArray([a for _, _, a in rows], coords=[row])
        return self.by(amount * each, "row", [node for node, _, _ in rows], list(row))

    def processing(self, stage: str) -> None:
        sites = set(self.sites.index)
        at = [name.split("|")[0] for name in self.run]
        total = self.by(1.0 * self.activity[stage], "run", at, list(self.run))
        names = sorted(set(at))
        node = pd.Index(names, name="node")
        size = xr.DataArray(self.sites.loc[names, "capacity"].to_numpy(dtype=float), coords=[node])
        if stage == "ops":
            avail = np.stack([self.available(self.network.site_hazards[x]).T for x in names])
            size = size * xr.DataArray(avail, coords=[node, self.t, self.s])
        if not np.isfinite(size).all():
            raise NotImplementedError("a site without a capacity")
        self.m.add_constraints(total <= size, name=f"capacity {stage}")
        keys, lanes = self.ends("destination", sites)
        used = self.amounts(stage, "input", None)
        fed, starved = set(keys), set(used.coords["node"].to_numpy()) - set(keys)
        coming = self.by(self.moved[stage], "lane", keys, lanes)
        self.m.add_constraints(
            coming - self.amounts(stage, "input", fed) == 0, name=f"feed {stage}"
        )
        if starved:
            self.m.add_constraints(used.sel(node=sorted(starved)) == 0, name=f"starved {stage}")
        keys, lanes = self.ends("origin", sites)
        leaving = self.by(self.moved[stage], "lane", keys, lanes)
        made = self.amounts(stage, "output", set(keys))
        self.m.add_constraints(made - leaving >= 0, name=f"supply {stage}")

    def demand(self, stage: str) -> None:
        scenario = [self.s] if stage == "ops" else []
        size = xr.DataArray(
            np.stack([self.quantity(n) for n in self.need]), coords=[self.need, self.t]
        )
        if stage == "ops":
            pairs = [tuple(n.split("|")) for n in self.need]
            surge = []
            for pair in pairs:
                place = [self.batch.hazards.index(h) for h in self.network.demand_hazards[pair]]
                surge.append(self.batch.values[:, place].prod(axis=1).T)
            size = size * xr.DataArray(np.stack(surge), coords=[self.need, self.t, self.s])
        of = [x.rsplit("|", 1)[0] for x in self.tier]
        share = {f"{n}|{k}": share for n in self.need for k, share, _ in self.tiers(n)}
        part = xr.DataArray([share[x] for x in self.tier], coords=[self.tier])
        whole = size.sel(need=xr.DataArray(of, coords=[self.tier])).drop_vars("need")
        most = (part * whole).transpose("tier", "t", *(["s"] if scenario else []))
        coords = [self.tier, self.t, *scenario]
        self.short[stage] = self.m.add_variables(0, most, coords=coords, name=f"short {stage}")
        met = self.by(1.0 * self.short[stage], "tier", of, list(self.tier))
        keys, lanes = self.ends("destination", set(self.network.buyers))
        if set(keys) != set(self.need) or set(self.held) != set(self.need):
            raise NotImplementedError("a demand without a lane or a stock")
        met = met + self.by(self.moved[stage], "lane", keys, lanes)
        met = met + self.drawn(stage).rename({"held": "node"})
        self.m.add_constraints(met >= size.rename({"need": "node"}), name=f"meet {stage}")

    def quantity(self, need: str) -> np.ndarray:
        buyer, commodity = need.split("|")
        return np.array([self.network.demand.get((buyer, commodity, t), 0.0) for t in self.t])

    def drawn(self, stage: str) -> Any:
        loss = xr.DataArray(self.stocks["loss_rate"].to_numpy(dtype=float), coords=[self.held])
        every = xr.DataArray(np.ones(len(self.t)), coords=[self.t])
        if stage == "plan":
            return -loss * every * self.target
        opening = xr.DataArray((self.t == 0).astype(float), coords=[self.t])
        before = self.stock.shift(t=1).fillna(0)
        return (1 - loss) * (opening * self.target + before) - 1.0 * self.stock

    def share_cap(self, policy: ShareCap) -> None:
        rows = policy.share_rows(self.network)
        if any(len(row.periods) != 1 for row in rows):
            raise NotImplementedError("a cap over several periods")
        for stage, material in sorted({(row.stage, row.material) for row in rows}):
            mine = {
                row.group: row for row in rows if (row.stage, row.material) == (stage, material)
            }
            every = list(next(iter(mine.values())).every)
            content = [self.network.contained(x, material) for x in every]
            tonnes = xr.DataArray(content, coords={"lane": every}) * self.book.sel(lane=every)
            members = [(group, x) for group, row in sorted(mine.items()) for x in row.lanes]
            part = self.by(tonnes, "lane", [g for g, _ in members], [x for _, x in members])
            whole = policy.share * tonnes.sum("lane")
            self.m.add_constraints(part - whole <= 0, name=f"{policy.name} {stage} {material}")

    def shortage_cvar(self, policy: ShortageBudget) -> None:
        for material, planned in policy.planned(self.network).items():
            content = [
                self.network.content[x.split("|")[1]].get(material, 0.0) / planned
                if policy.buyer in (None, x.split("|")[0])
                else 0.0
                for x in self.tier
            ]
            weight = xr.DataArray(content, coords=[self.tier])
            loss = (weight * self.short["ops"]).sum(["tier", "t"])
            name = f"{policy.name} {material}"
            threshold = self.m.add_variables(name=f"threshold {name}")
            excess = self.m.add_variables(0, coords=[self.s], name=f"excess {name}")
            self.m.add_constraints(excess - loss + threshold >= 0, name=f"excess rows {name}")
            tail = (self.p / (1 - policy.confidence) * excess).sum("s")
            self.m.add_constraints(threshold + tail <= policy.limit, name=name)

    def plan_cost(self) -> Any:
        price = np.array([self.network.price[c] for _, c in self.stocks.index])
        kept = xr.DataArray(self.resale(), coords=[self.held])
        price = xr.DataArray(price, coords=[self.held])
        booking = self.per_lane(self.lanes["booking_cost"]) * self.d
        return (price * self.bought - kept * self.sold).sum() + (booking * self.book).sum()

    def resale(self) -> np.ndarray:
        lost = self.stocks["end_discount"].to_numpy(dtype=float)
        return np.array([self.network.price[c] for _, c in self.stocks.index]) * (1 - lost)

    def ops_cost(self) -> Any:
        weight = self.p * self.d
        sites = [name.split("|")[0] for name in self.run]
        cost = xr.DataArray(self.sites.loc[sites, "cost"].to_numpy(dtype=float), coords=[self.run])
        way = self.per_lane(self.lanes["freight"] + self.lanes["duty"])
        premium = self.per_lane(self.lanes["spot_premium"] * self.lanes["value"])
        holding = xr.DataArray(
            self.stocks["holding_cost"].to_numpy(dtype=float), coords=[self.held]
        )
        kept = xr.DataArray(self.resale(), coords=[self.held])
        lost = {f"{n}|{k}": value for n in self.need for k, _, value in self.tiers(n)}
        value = xr.DataArray([lost[x] for x in self.tier], coords=[self.tier])
        last = self.stock.sel(t=self.t[-1], drop=True)
        return (
            (cost * weight * self.activity["ops"]).sum()
            + (way * weight * self.flow).sum()
            + ((way + premium) * weight * self.spot).sum()
            + (holding * weight * self.stock).sum()
            - (kept * self.end * self.p * last).sum()
            + (value * weight * self.short["ops"]).sum()
        )


def matrices(model: Any, offset: float) -> Problem:
    """Return the arrays of a linopy model."""
    found = model.matrices
    right, sense = np.asarray(found.b, dtype=float), np.asarray(found.sense)
    matrix = sp.csr_array(found.A)
    matrix.eliminate_zeros()
    return Problem(
        matrix,
        np.asarray(found.c, dtype=float),
        np.asarray(found.lb, dtype=float),
        np.asarray(found.ub, dtype=float),
        np.where(sense == "<", -np.inf, right),
        np.where(sense == ">", np.inf, right),
        np.zeros(matrix.shape[1], dtype=bool),
        offset,
    )
