"""What the tables say of one material: output, capacity, price, hosts, trade."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import pandas as pd

from diversify import data
from diversify.data.catalogue import AGGREGATES

ORE_CHAPTERS = ("25", "26")
"""Chapters of the Harmonized System that hold minerals and ores; metals and chemicals follow."""


@dataclass(frozen=True, slots=True)
class Cited:
    """Where a figure comes from, as the rows of a case say it."""

    source: str
    page: str
    year: str
    licence: str

    def columns(self, note: str, *, verified: bool = False) -> dict[str, str]:
        """Return the columns of provenance of a row."""
        return {
            "source": self.source,
            "source_page": self.page,
            "year": self.year,
            "licence": self.licence,
            "verified": "yes" if verified else "no",
            "note": note,
        }


ASSUMED = Cited("assumed", "", "", "CC0 (our own assumption)")
"""What is a parameter of the builder."""


@dataclass(frozen=True, slots=True)
class Output:
    """Output of a stage by country [t a year], and what it could be."""

    tonnes: dict[str, float]
    potential: dict[str, float]
    world: float
    basis: str
    cited: Cited

    @property
    def listed(self) -> float:
        """Sum over the countries that the source names [t]."""
        return sum(self.tonnes.values())


@dataclass(frozen=True, slots=True)
class Facts:
    """What the tables say of one material."""

    material: str
    basis: str
    price: float
    price_year: int
    price_cited: Cited
    price_note: str
    prices: dict[int, float]
    mine: Output | None
    refine: Output | None
    hosts: dict[str, Output]
    byproduct: float
    codes: dict[str, tuple[str, ...]]
    missing: list[str] = field(default_factory=list)

    @property
    def last(self) -> Output:
        """The stage from which an importer buys."""
        found = self.refine or self.mine
        if found is None:  # covered_materials() keeps this out
            raise LookupError(self.material)
        return found


def read_facts(material: str, year: int) -> Facts:
    """Return what the tables say of a material up to a year.

    Parameters
    ----------
    material : str
        One of ``covered_materials()``.
    year : int
        The last year of output that is taken.

    Examples
    --------
    >>> facts = read_facts("tungsten", 2024)
    >>> facts.refine is None, round(facts.mine.tonnes["CHN"]), round(facts.price)
    (True, 67000, 47921)
    """
    missing: list[str] = []
    mine, refine = (output(material, stage, year) for stage in ("mine", "refine"))
    if refine is None:
        missing.append("no refining by country: what is mined is taken as it is traded")
    if mine is None:
        missing.append("no mining by country: the chain begins at refining")
    basis = (refine or mine).basis  # type: ignore[union-attr]
    if mine is not None and refine is not None and mine.basis != refine.basis:
        missing.append(f"mining counts {mine.basis}, refining {refine.basis}: mining is left out")
        mine = None
    known = data.table("byproducts", material=material, allow_empty=True)
    known = known[known["material"] == material]
    hosts: dict[str, Output] = {}
    if mine is None:
        hosts, lost = _hosts(sorted(set(known["host"]) - {""}), year)
        missing += [f"no output by country of its host {name}" for name in lost]
    price, price_year, prices, cited, note = _price(material, basis)
    codes, lost = _codes(material, refine is not None)
    missing += lost
    share = float(known["share"].max()) if len(known) else 0.0
    if not len(known):
        missing.append("nothing is known of hosts: taken as mined for itself")
    return Facts(
        material, basis, price, price_year, cited, note, prices, mine, refine, hosts, share, codes,
        missing,
    )  # fmt: skip


def output(material: str, stage: str, year: int) -> Output | None:
    """Return the output of a stage in the last year up to ``year``, or None without any."""
    rows = data.table("production", material=material, stage=stage, allow_empty=True)
    known = rows[~rows["country"].isin(AGGREGATES) & (rows["tonnes"] > 0)]
    years = sorted(set(known["year"]))
    if not years:
        return None
    # What a source prints for one year only stands beside the rest: quartz, from an interview.
    chosen = max((y for y in years if y <= year), default=years[0])
    scattered = known.groupby("year")["country"].nunique().max() == 1
    now = known.drop_duplicates("country", keep="last") if scattered else known[
        known["year"] == chosen
    ]  # fmt: skip
    tonnes = {str(c): float(t) for c, t in zip(now["country"], now["tonnes"], strict=True)}
    total = rows[(rows["country"] == "WLD") & (rows["year"] == chosen)]["tonnes"]
    other = rows[(rows["country"] == "OTH") & (rows["year"] == chosen)]["tonnes"].fillna(0).sum()
    listed = sum(tonnes.values())
    world = max(listed, float(total.iloc[0]) if len(total) else listed + float(other))
    capacity = data.table("capacity", material=material, stage=stage, allow_empty=True)
    capacity = capacity[(capacity["tonnes"] > 0) & capacity["country"].isin(tonnes)]
    potential = dict(tonnes)
    for country, size in zip(capacity["country"], capacity["tonnes"], strict=True):
        potential[country] = max(potential[country], float(size))
    first = now.iloc[0]
    cited = Cited(
        str(first["source"]), str(first["source_page"]), str(chosen), str(first["licence"])
    )
    return Output(tonnes, potential, world, str(first["basis"]), cited)


def _hosts(names: list[str], year: int) -> tuple[dict[str, Output], list[str]]:
    """Return output of the hosts that have any; bauxite counts where alumina is made of it."""
    found: dict[str, Output] = {}
    lost: list[str] = []
    known = data.materials()
    for name in names:
        plain = "alumina" if name == "bauxite" else name
        made = None
        if plain in known:
            made = output(plain, "refine", year) or output(plain, "mine", year)
        if made is None:
            lost.append(name)
        else:
            found[plain] = made
    return found, lost


def _price(material: str, basis: str) -> tuple[float, int, dict[int, float], Cited, str]:
    """Return the last reference price [USD/t of the basis], and those of all years."""
    rows = data.table("prices", material=material, reference="yes")
    rows = rows[rows["price"] > 0].sort_values("year")
    last = rows.iloc[-1]
    share, note = 1.0, str(last["form"])
    if last["basis"] != basis:
        compounds = data.table("conversions", material=material, allow_empty=True)
        same = compounds[compounds["compound"] == last["basis"]]
        if len(same):
            share = float(same["element_share"].iloc[0])
            note += f"; quoted per {last['basis']}, divided by its element share {share:g}"
        else:
            note += f"; quoted per {last['basis']}, taken as {basis}"
    prices = {
        int(y): float(p) * 1000 / share for y, p in zip(rows["year"], rows["price"], strict=True)
    }
    year = max(prices)
    cited = Cited(
        str(last["source"]), str(last["source_page"]), str(year), str(last["licence"])
    )  # fmt: skip
    return prices[year], year, prices, cited, note


def _codes(material: str, refined: bool) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return the customs codes of each stage, and what is wanting."""
    rows = data.table("hs_codes", material=material, allow_empty=True)
    traded = rows[(rows["in_trade"] == "yes") & (rows["shared"] == "no")]["hs92"].astype(str)
    codes = {"mine": tuple(c for c in traded if c[:2] in ORE_CHAPTERS)}
    codes["refine"] = tuple(c for c in traded if c[:2] not in ORE_CHAPTERS)
    if not refined:
        codes = {"mine": (*codes["mine"], *codes["refine"]), "refine": ()}
    wanting = sorted(set(rows["hs92"].astype(str)) - set(traded))
    lost = [f"no trade of its own under customs code {code}" for code in wanting]
    if not codes["refine" if refined else "mine"]:
        lost.append("no trade in the form that an importer buys")
    return codes, lost


@cache
def import_weight() -> dict[str, float]:
    """Return each country's share of the world's imports by value, mean over all codes."""
    rows = data.table("trade_totals")
    rows = rows[rows["year"] == rows["year"].max()]
    world = rows[rows["country"] != "EU27"].groupby("hs92")["imports_kusd"].sum()
    share = rows["imports_kusd"] / rows["hs92"].map(world)
    sums = share.groupby(rows["country"]).sum() / len(world)
    return {str(country): float(value) for country, value in sums.items()}


@cache
def trade_rows(name: str, codes: tuple[str, ...], year: int) -> pd.DataFrame:
    """Return rows of a trade table of these codes in the last year up to ``year``; read only."""
    rows = data.table(name, hs92=codes)
    rows = rows[rows["year"] <= year]
    last: pd.DataFrame = rows[rows["year"] == rows["year"].max()]
    return last
