"""Commodities, sites, recipes and lanes of one material."""

from __future__ import annotations

from typing import Any

from diversify.builder.chain import Chain, Place, cost_curve
from diversify.builder.emissions import emissions_of
from diversify.builder.facts import ASSUMED, Output
from diversify.builder.needs import Need, seat
from diversify.builder.parameters import Parameters
from diversify.builder.shipping import freight, rates, tariff

Row = dict[str, Any]
Tables = dict[str, list[Row]]

SLACK = 1.001
"""Room in what is supplied now: rounded figures must still add up to the need."""


def add_supply(tables: Tables, chain: Chain, chosen: Parameters, *, calibrated: bool) -> None:
    r"""Add what one material needs: its forms, the countries that supply it, the lanes.

    What a country supplies now costs what its cost curve says. What it can supply beyond that is
    a site of its own, dearer by

    .. math:: \lambda_c + extra\_premium \cdot price, \qquad
        \lambda_c = \max_{c'} D_{c'} - D_c

    with :math:`D` the present cost of delivery. The first part is the multiplier that calibrates
    the undisturbed plan to what is observed; without it all of the cheapest would be bought.

    Parameters
    ----------
    tables : dict
        Receives the rows.
    chain : Chain
        Who supplies what to whom.
    chosen : Parameters
        Assumptions.
    calibrated : bool
        False makes one site of each country, at the cost of its cost curve alone.

    Notes
    -----
    Positive mathematical programming: Howitt (1995), American Journal of Agricultural Economics
    77(2), 329-342; here with one step of cost where he has a quadratic function.
    """
    _Writer(tables, chain, chosen, calibrated).write()


class _Writer:
    def __init__(self, tables: Tables, chain: Chain, chosen: Parameters, calibrated: bool) -> None:
        self.tables, self.chain, self.chosen, self.calibrated = tables, chain, chosen, calibrated
        self.facts = chain.facts
        self.material = self.facts.material
        self.price = self.facts.price
        self.ore = f"{self.material}_ore"
        self.day = f"{chosen.start_year}-01-01"
        gross = "content" not in self.facts.basis
        self.grade = 1.0 if gross or self.facts.refine else chosen.grade
        self.ore_grade = 1.0 if gross else chosen.grade
        self.two = bool(chain.mines)

    def write(self) -> None:
        self._commodities()
        if self.two:
            self._mines()
        if self.facts.hosts:
            self._hosts()
        self._last()
        for need in self.chain.needs:
            if need.recycled > 0:
                self._recycler(need)

    def add(self, table: str, **cells: Any) -> None:
        row = {k: _rounded(v) for k, v in cells.items()}
        self.tables.setdefault(table, []).append(row)

    def _commodities(self) -> None:
        facts = self.facts
        columns = facts.price_cited.columns(facts.price_note)
        common = {"basis": facts.basis, "price_unit": "USD/t", "price_year": facts.price_year}
        self.add(
            "commodities", commodity=self.material, material=self.material, price=self.price,
            **common, **columns,
        )  # fmt: skip
        if self.two:
            note = f"{self.chosen.ore_value:g} (ore_value) of the price of {self.material}"
            self.add(
                "commodities", commodity=self.ore, material=self.material,
                price=self.price * self.chosen.ore_value, **common,
                **{**columns, "verified": "no", "note": note},
            )  # fmt: skip

    def _mines(self) -> None:
        made = self.facts.mine
        assert made is not None  # noqa: S101 - two stages
        value = self.price * self.chosen.ore_value
        cost = {c: value * k for c, k in cost_curve(made, self.chosen.cost_spread).items()}
        ways = {r: [m for m, to in self.chain.ore if to == r] for _, r in self.chain.ore}
        for place in self.chain.mines:
            gap = 0.0
            for refinery, feeders in ways.items():
                if place.country in feeders:
                    paid = {m: cost[m] + self._ship(m, refinery) for m in feeders}
                    gap = max(gap, max(paid.values()) - paid[place.country])
            for name, size, dearer in self._sites(place):
                if size <= 0:
                    continue
                step = gap + self.chosen.extra_premium * value if dearer else 0.0
                self._site(name, place, size, cost[place.country] + step, made, dearer)
                self.add_output(name, self.ore)
                for mine, refinery in self.chain.ore:
                    if mine == place.country:
                        to = self.name(refinery, "refine")
                        self._lane(name, to, self.ore, self._ship(mine, refinery))

    def _hosts(self) -> None:
        """Add what the host gives: the feed of a by-product, no more than the host's output has."""
        feed = f"{self.material}_feed"
        self.add(
            "commodities", commodity=feed, material=self.material, basis=self.facts.basis, price=0,
            price_unit="USD/t", price_year=self.facts.price_year,
            **ASSUMED.columns("in the stream of the host, which is run for its own sake"),
        )  # fmt: skip
        for place in self.chain.last:
            host = self.host_of(place.country)
            if not host:
                continue
            made = self.facts.hosts[host]
            size = SLACK * (place.now + place.more)
            ratio = self.facts.last.tonnes[place.country] / made.tonnes[place.country]
            note = (
                f"{place.country} made {made.tonnes[place.country]:,.0f} t of {host} and "
                f"{self.facts.last.tonnes[place.country]:g} t of {self.material}: {ratio:.2e} t "
                "per tonne; capacity is the importers' part of it, in the by-product; the host "
                "pays for itself"
            )
            site = f"{self.material}_{host}_{place.country}_host"
            self.add(
                "sites", site=site, country=place.country, owner=f"{host} makers, {place.country}",
                stage="mine", capacity=size, unit="t", per="year", cost=0, cost_unit="USD/t",
                **made.cited.columns(note),
            )  # fmt: skip
            self.add_output(site, feed)
            self._lane(site, self.name(place.country, "refine"), feed, 0.0)

    def host_of(self, country: str) -> str:
        """Return the host with the largest output in a country, or nothing."""
        known = {h: o.tonnes[country] for h, o in self.facts.hosts.items() if country in o.tonnes}
        return max(sorted(known), key=lambda h: known[h]) if known else ""

    def _last(self) -> None:
        made = self.facts.last
        part = 1 - self.chosen.ore_value if self.two else 1.0
        cost = {
            c: self.price * part * k for c, k in cost_curve(made, self.chosen.cost_spread).items()
        }
        delivered = {
            (place.country, need.importer.name): cost[place.country]
            + self._ship_to(place.country, need)
            + self.price * tariff(need.importer, place.country, self.material, self.day)[0]
            for place in self.chain.last
            for need in self.chain.needs
        }
        for place in self.chain.last:
            now = [n for n in place.base if place.base[n] > 0]
            gap = max(
                max(v for (c, n), v in delivered.items() if n == name and self._supplies(c, n))
                - delivered[place.country, name]
                for name in (now or place.base)
            )
            step = max(gap, 0.0) + self.chosen.extra_premium * self.price
            fed = self.two or bool(self.host_of(place.country))
            for name, size, dearer in self._sites(place):
                if size <= 0 and not fed:
                    continue
                paid = cost[place.country] + (step if dearer else 0.0)
                if dearer and fed:
                    self._broker(name, place, size, step, made)
                else:
                    whole = SLACK * (place.now + place.more) if fed and self.calibrated else size
                    self._site(name, place, whole, paid, made, dearer, makes=True)
                    self._feed(name, place.country)
                for need in self.chain.needs:
                    self._to_buyer(name, place, need, dearer)

    def _supplies(self, country: str, importer: str) -> bool:
        return any(p.country == country and p.base[importer] > 0 for p in self.chain.last)

    def _broker(self, name: str, place: Place, size: float, step: float, made: Output) -> None:
        """Add the way of what a site makes beyond what it supplies now."""
        self._site(name, place, size, step, made, True)
        self.add(
            "recipes", site=name, recipe="pass on", direction="input", commodity=self.material,
            amount=1, **ASSUMED.columns("the same material, at the price of more than now"),
        )  # fmt: skip
        self.add_output(name, self.material, recipe="pass on")
        self._lane(self.name(place.country, place.stage), name, self.material, 0.0)

    def _feed(self, name: str, country: str) -> None:
        if self.two:
            self.add(
                "recipes", site=name, recipe="make", direction="input", commodity=self.ore,
                amount=1 / self.chosen.recovery,
                **ASSUMED.columns(f"recovery {self.chosen.recovery:g}"),
            )  # fmt: skip
        elif self.host_of(country):
            self.add(
                "recipes", site=name, recipe="make", direction="input",
                commodity=f"{self.material}_feed", amount=1,
                **ASSUMED.columns("counted as what is won of the host's stream"),
            )  # fmt: skip
        self.add_output(name, self.material)

    def _to_buyer(self, site: str, place: Place, need: Need, dearer: bool) -> None:
        buyer = need.importer.name
        size = place.extra[buyer] if dearer else SLACK * place.base[buyer]
        if not self.calibrated:
            size = SLACK * (place.base[buyer] + place.extra[buyer])
        if size <= 0:
            return
        rate, word = tariff(need.importer, place.country, self.material, self.day)
        spot = self.chosen.spot_share * place.extra[buyer] if dearer else 0.0
        columns = rates().cited.columns(
            f"quota: {'beyond what' if dearer else 'what'} {buyer} takes now; {word}".rstrip("; ")
        )
        self.add(
            "lanes", origin=site, destination=buyer, commodity=self.material,
            freight=self._ship_to(place.country, need), freight_unit="USD/t", tariff=rate,
            quota=size, unit="t", per="year", spot_limit=spot,
            spot_premium=self.chosen.spot_premium if spot else 0, **columns,
        )  # fmt: skip

    def _recycler(self, need: Need) -> None:
        buyer = need.importer.name
        name = f"{self.material}_{buyer}_recycle"
        self.add(
            "sites", site=name, country=seat(need.importer), owner=f"recyclers, {buyer}",
            stage="recycle", capacity=SLACK * need.recycled, unit="t", per="year",
            cost=self.chosen.recycled_cost * self.price, cost_unit="USD/t",
            **ASSUMED.columns(f"old scrap: {need.demand_note.rsplit('; ', 1)[-1]}; cost "
                              f"{self.chosen.recycled_cost:g} (recycled_cost) of the price"),
        )  # fmt: skip
        self.add_output(name, self.material)
        self._lane(name, buyer, self.material, rates().fixed)

    def name(self, country: str, stage: str) -> str:
        """Return the name of the site of a country at a stage."""
        return f"{self.material}_{country}_{stage}"

    def _sites(self, place: Place) -> list[tuple[str, float, bool]]:
        """Return name, size [t a year] and whether it is what lies beyond the present supply."""
        name = self.name(place.country, place.stage)
        if not self.calibrated:
            return [(name, SLACK * (place.now + place.more), False)]
        found = [(name, SLACK * place.now, False)]
        if place.more > 0:
            found.append((f"{name}_extra", place.more, True))
        return found

    def _site(
        self,
        name: str,
        place: Place,
        size: float,
        cost: float,
        made: Output,
        dearer: bool,
        *,
        makes: bool = False,
    ) -> None:
        country = place.country
        part = made.tonnes[country] / made.world
        note = (
            f"{made.tonnes[country]:,.0f} t, {part:.3f} of the world; the importers' part of it"
            f"{' beyond what they take now' if dearer else ''}; cost from the price, see README"
        )
        # The figures are per tonne of element: not of an ore's gross weight.
        counted = makes and "content" in self.facts.basis
        amount, words = emissions_of(self.material) if counted else (0.0, "")
        emitted: Row = {"emissions": amount} if words else {}
        self.add(
            "sites", site=name, country=country, owner=f"all makers, {country}", stage=place.stage,
            capacity=size, unit="t", per="year", cost=cost, cost_unit="USD/t",
            price_year=self.facts.price_year, **emitted,
            **made.cited.columns(f"{note}; {words}" if words else note),
        )  # fmt: skip

    def add_output(self, site: str, commodity: str, recipe: str = "make") -> None:
        """Add the output of a recipe, one tonne a tonne of activity."""
        self.add(
            "recipes", site=site, recipe=recipe, direction="output", commodity=commodity,
            amount=1, **ASSUMED.columns("activity is counted in this output"),
        )  # fmt: skip

    def _lane(self, origin: str, destination: str, commodity: str, paid: float) -> None:
        self.add(
            "lanes", origin=origin, destination=destination, commodity=commodity, freight=paid,
            freight_unit="USD/t", tariff=0,
            **rates().cited.columns("freight from the distance of capitals, see README"),
        )  # fmt: skip

    def _ship(self, origin: str, destination: str) -> float:
        return freight(origin, destination, self.ore_grade)

    def _ship_to(self, origin: str, need: Need) -> float:
        home = origin if need.importer.holds(origin) else seat(need.importer)
        return freight(origin, home, self.grade)


def _rounded(value: Any) -> Any:
    return float(f"{value:.6g}") if isinstance(value, float) else value
