"""What others booked before: capacities, quotas and joint limits, less what is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from diversify.policies.base import Policy

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView

Used = tuple[tuple[str, int, float], ...]


class Taken(Policy):
    r"""A plan makes do with what earlier buyers have left of each site, lane and joint limit.

    .. math:: \textstyle\sum_r run_{s,r,t} \le cap_{s} - level \cdot taken_{s,t}, \quad
        book_{l,t} \le quota_l - level \cdot taken_{l,t}

    In a scenario, where flex may go beyond the bookings, the same holds of what is left of a site's
    available capacity. Nothing is left below zero. What a buyer builds for itself comes on top.

    Parameters
    ----------
    sites, lanes, limits : tuple
        Site (lane, trade measure), period from 0, and the tonnes that are gone.
    level : float
        The part of them that counts: 1, or 0 for a world without the others.
    buyers : tuple of str
        Who took them.

    Examples
    --------
    >>> Taken(sites=(("Mine", 0, 5.0),), buyers=("Japan",)).sentence()
    'What Japan booked before is gone.'
    """

    kind: Literal["taken"] = "taken"
    sites: Used = ()
    lanes: Used = ()
    limits: Used = ()
    level: float = 1.0
    buyers: tuple[str, ...] = ()
    allow_empty: bool = True

    unit = "USD per part of what is taken"
    level_field = "level"
    upper = False

    def default_name(self) -> str:
        """Return ``taken by`` and the buyers."""
        return f"taken by {', '.join(self.buyers)}"

    @property
    def level_value(self) -> float:
        """Return the part that counts."""
        return self.level

    def with_level(self, value: float) -> Taken:
        """Return the same with another part that counts."""
        return self.model_copy(update={"level": value})

    def sentence(self) -> str:
        """Return it as one sentence."""
        return f"What {' and '.join(self.buyers) or 'nobody'} booked before is gone."

    def constrain(self, build: Build) -> None:
        """Add a row for each site, lane and limit of which something is gone."""
        from diversify.formulation.expanding import built
        from diversify.formulation.processing import implied_capacity
        from diversify.formulation.symbols import Symbols
        from diversify.formulation.trade import trade_limits

        m, network = build.model, build.network
        level = build.level(self.name, self.level)
        added, symbols = built(m, network), Symbols(m, network)
        gone = {
            "site": _within(self.sites, _capacities(network)),
            "lane": _within(self.lanes, _quotas(network)),
            "limit": _within(self.limits, trade_limits(network)),
        }
        lanes = {limit.measure: limit.lanes for limit in network.measures.limits}

        def used(block: Any, site: str, t: int) -> Any:
            return sum(
                block.activity[s, r, u].expr for s, r, u in network.runs if (s, u) == (site, t)
            )

        def row(what: str, name: str, t: int) -> Any:
            most, part = gone[what][name, t]
            if what == "site":
                return used(m.plan, name, t) + level * part <= most + added(name, t)
            carrying = (name,) if what == "lane" else lanes[name]
            booked = sum(m.plan.book[i, t] for i in carrying if (i, t) in m.plan.book)
            return booked + level * part <= most

        active = {(s, t) for s, _, t in network.runs}
        index = [("site", *key) for key in gone["site"] if key in active]
        index += [("lane", *key) for key in gone["lane"] if key in m.plan.book]
        index += [("limit", *key) for key in gone["limit"] if key in m.plan.trade]
        build.add_rows("plan", self.name, index, row)
        implied = implied_capacity(network)

        def in_scenario(site: str, t: int) -> Any:
            most, part = gone["site"][site, t]
            up = symbols.available(network.site_hazards[site], t)
            # The level cannot multiply the scenario's symbol: all that is gone counts here.
            return used(m.ops, site, t) <= up * (most - part + added(site, t))

        loose = [(s, t) for _, s, t in index if (s, t) in gone["site"] and s not in implied]
        build.add_rows("ops", self.name, loose if self.level == 1.0 else [], in_scenario, " used")

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the part that counts: what others took is no choice of this plan."""
        return {"all": self.level}


def _capacities(network: Network) -> dict[tuple[str, int], float]:
    return {
        (str(site), t): float(size)
        for site, size in network.sites["capacity"].items()
        for t in network.periods
    }


def _quotas(network: Network) -> dict[tuple[str, int], float]:
    return {
        (str(lane), t): float(quota)
        for lane, quota in network.lanes["quota"].items()
        for t in network.periods
    }


def _within(used: Used, most: dict[tuple[str, int], float]) -> dict[Any, tuple[float, float]]:
    """Return limit and what is gone of it, at most all of it, where the limit is finite."""
    return {
        (name, t): (most[name, t], min(tonnes, most[name, t]))
        for name, t, tonnes in used
        if tonnes > 0 and most.get((name, t), float("inf")) < float("inf")
    }
