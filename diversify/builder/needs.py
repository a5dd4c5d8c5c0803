"""What an importer needs of a material, and from which countries it comes now."""

from __future__ import annotations

from dataclasses import dataclass

from diversify import data
from diversify.builder.facts import ASSUMED, Cited, Facts, import_weight, trade_rows
from diversify.builder.names import Importer
from diversify.builder.parameters import Parameters
from diversify.data.catalogue import AGGREGATES
from diversify.errors import Finding, InputError

TRUSTED = 0.25
"""The least part of imports that must come from producers, for trade to say who supplies."""


@dataclass(frozen=True, slots=True)
class Need:
    """Yearly need of one importer [t], and the share of each country in its primary supply."""

    importer: Importer
    total: float
    recycled: float
    shares: dict[str, float]
    demand_cited: Cited
    demand_note: str
    shares_note: str

    @property
    def primary(self) -> float:
        """What does not come from old scrap [t a year]."""
        return self.total - self.recycled


def read_need(facts: Facts, importer: Importer, chosen: Parameters) -> Need:
    r"""Return what an importer needs and from where it comes.

    With :math:`P` own output, :math:`M` imports and :math:`X` exports, all as value over the
    reference price of the year,

    .. math:: home = \max(P - X, 0), \qquad primary = home + M

    and the recycled part adds to it. Without trade in that form the need is the world's output
    times the importer's share of the world's imports of all covered materials, own output first.

    Parameters
    ----------
    facts : Facts
        What the tables say of the material.
    importer : Importer
        Who buys.
    chosen : Parameters
        Assumptions; ``demand`` above 0 replaces the total.

    Raises
    ------
    InputError
        If the tables have nothing by which the need could be known, and none is given.
    """
    made = facts.last
    own = sum(t for c, t in made.tonnes.items() if importer.holds(c))
    codes = facts.codes["refine" if facts.refine else "mine"]
    imported, exported, suppliers = _trade(facts, importer, codes, chosen.year)
    direct = {c: v for c, v in suppliers.items() if c in made.tonnes}
    if imported > 0 and sum(direct.values()) < TRUSTED * sum(suppliers.values()):
        # Most of it comes from countries that do not make this form: it is something else.
        imported *= sum(direct.values()) / sum(suppliers.values())
        suppliers = direct
    page = f"hs {', '.join(codes)}, {chosen.year}, importer {importer.name}"
    cited = Cited("CEPII-BACI2024", page, str(chosen.year), "Etalab-2.0")
    if imported > 0:
        home = max(own - exported, 0.0)
        primary = home + imported
        note = (
            f"own output not exported {home:,.0f} t plus imports {imported:,.0f} t, as value "
            "over the reference price"
        )
    else:
        part = min(1.0, sum(_weight(importer).values()))
        primary, cited = part * made.world, ASSUMED
        home = min(own, primary)
        note = (
            f"no trade in this form on record: {part:.3f} of the world's output, the importer's "
            "mean share of the world's imports of all covered materials (table trade_totals)"
        )
    used = _consumption(facts, importer, chosen.year)
    rate, rate_note = recycled_rate(facts, importer)
    total = primary / (1 - rate)
    if used is not None:
        total, cited, note = used
    if chosen.demand > 0:
        total, cited, note = chosen.demand, ASSUMED, "given as the parameter demand"
    if total <= 0:
        raise _nothing(facts.material, importer)
    primary = total * (1 - rate)
    home = min(home, primary)
    shares, shares_note = _shares(facts, importer, suppliers, home, primary)
    return Need(
        importer, total, rate * total, shares, cited, f"{note}; {rate_note}", shares_note
    )  # fmt: skip


def _nothing(material: str, importer: Importer) -> InputError:
    finding = Finding.error(
        table="demand",
        column="buyer",
        value=importer.name,
        message=f"the tables have no imports, output or use of {material} by this importer",
        remedy="give what it needs, as demand=TONNES (--set demand=TONNES), or name another",
    )
    return InputError([finding])


def recycled_rate(facts: Facts, importer: Importer) -> tuple[float, str]:
    """Return the share of use that is old scrap, and where it comes from."""
    rows = data.table(
        "recycling",
        material=facts.material,
        measure="end_of_life_input_rate",
        region="EU27",
        allow_empty=True,
    )
    rows = rows[rows["value"].notna()].sort_values("year")
    if not len(rows) or rows["value"].iloc[-1] <= 0:
        return 0.0, "nothing recycled: no rate on record above 0"
    last = rows.iloc[-1]
    whose = "" if importer.name == "EU27" else ", the rate of the EU, taken for this importer"
    note = f"{last['value']:g} of it old scrap (recycling, {last['source']} {last['year']}{whose})"
    return min(0.9, float(last["value"])), note


def _weight(importer: Importer) -> dict[str, float]:
    weights = import_weight()
    names = [importer.name] if importer.name in weights else sorted(importer.members)
    return {name: weights.get(name, 0.0) for name in names}


def seat(importer: Importer) -> str:
    """Return the country where a recycler of the importer is put: its largest buyer of metals."""
    weights = import_weight()
    return max(sorted(importer.members), key=lambda country: weights.get(country, 0.0))


def _trade(
    facts: Facts, importer: Importer, codes: tuple[str, ...], year: int
) -> tuple[float, float, dict[str, float]]:
    """Return imports and exports [t of the basis] and imports by supplier [kUSD]."""
    if not codes:
        return 0.0, 0.0, _import_sources(facts, importer)
    rows = trade_rows("trade", codes, year)
    totals = trade_rows("trade_totals", codes, year)
    own = {importer.name} & set(rows["importer"]) or importer.members
    rows = rows[rows["importer"].isin(own) & ~rows["exporter"].isin(importer.members)]
    values = rows.groupby("exporter")["value_kusd"].sum()
    suppliers = {str(country): float(value) for country, value in values.items()}
    price = facts.prices.get(year, facts.price) / 1000
    exported = totals[totals["country"].isin(own)]["exports_kusd"].sum() / price
    return sum(suppliers.values()) / price, float(exported), suppliers


def _import_sources(facts: Facts, importer: Importer) -> dict[str, float]:
    """Return where the United States say that they import from, for want of customs data."""
    if importer.name != "USA":
        return {}
    rows = data.table("us_import_sources", material=facts.material, allow_empty=True)
    stage = rows["form"].str.contains("ore|scrap|matte|blister|dioxide", case=False)
    rows = rows[~stage & ~rows["exporter"].isin(AGGREGATES)]
    if not len(rows):
        return {}
    form = rows.groupby("form")["share"].sum().idxmax()
    chosen = rows[rows["form"] == form]
    return {str(c): float(s) for c, s in zip(chosen["exporter"], chosen["share"], strict=True)}


def _consumption(facts: Facts, importer: Importer, year: int) -> tuple[float, Cited, str] | None:
    """Return what the United States use, the one importer whose use the tables have."""
    if importer.name != "USA":
        return None
    rows = data.table(
        "us_statistics", material=facts.material, statistic="consumption", year=year,
        allow_empty=True,
    )  # fmt: skip
    rows = rows[(rows["value"] > 0) & (rows["unit"] == "t")]
    rows = rows[~rows["detail"].str.contains("ore|alloy|secondary, purchased|silico", case=False)]
    if not len(rows):
        return None
    apparent = rows[rows["detail"].str.contains("apparent", case=False)]
    total = apparent[apparent["detail"].str.contains("total|secondary", case=False)]
    row = next(frame for frame in (total, apparent, rows) if len(frame)).iloc[0]
    cited = Cited(str(row["source"]), str(row["source_page"]), str(year), str(row["licence"]))
    return float(row["value"]), cited, str(row["detail"])


def _shares(
    facts: Facts, importer: Importer, suppliers: dict[str, float], home: float, primary: float
) -> tuple[dict[str, float], str]:
    """Return shares of primary supply by country, and how they were found."""
    made = facts.last.tonnes
    own = {c: t for c, t in made.items() if importer.holds(c)}
    foreign = {c: t for c, t in made.items() if not importer.holds(c)}
    whole = sum(suppliers.values())
    direct = {c: v for c, v in suppliers.items() if c in foreign}
    known = sum(direct.values())
    note = "shares of imports"
    if not foreign:
        # Nobody else is known to make it: what the importer needs beyond that cannot be had.
        foreign, home = {}, primary
        amounts: dict[str, float] = {}
        note = "no other producer on record"
    elif whole > 0 and known / whole >= TRUSTED:
        passed_on = whole - known
        produced = sum(foreign.values())
        amounts = {
            c: (direct.get(c, 0.0) + passed_on * t / produced) / whole for c, t in foreign.items()
        }
        if passed_on > 0:
            note += (
                f"; {passed_on / whole:.2f} came through countries without output on record and "
                "is spread over producers by output"
            )
    else:
        amounts = {c: t / sum(foreign.values()) for c, t in foreign.items()}
        note = "shares of the output of all other countries: trade says too little"
    if not own:
        home = 0.0
    kept = home / primary if primary > 0 else 0.0
    shares = {c: (1 - kept) * a for c, a in amounts.items()}
    shares |= {c: kept * t / sum(own.values()) for c, t in own.items()}
    if own:
        note = f"{kept:.2f} from its own output, which is used at home first; else {note}"
    total = sum(shares.values())
    return {c: s / total for c, s in sorted(shares.items()) if s > 0}, note
