"""The table dictionary: every column that a case may have, with its type, range and meaning.

Reading, checks, ``diversify schema`` and the JSON Schema are all made from this one dictionary.
"""

from __future__ import annotations

from math import inf

from diversify.case.columns import (
    Column,
    TableSpec,
    choice,
    flag,
    integer,
    name,
    number,
    quantity,
    share,
    text,
    unit,
)
from diversify.case.investment import INVESTMENT_TABLES
from diversify.case.pools import POOL_TABLES
from diversify.case.striking import HAZARD_COLUMNS, HAZARD_GROUPS, HAZARD_KINDS, HAZARD_TABLES
from diversify.case.units import TIMES

STAGES = ("mine", "refine", "make", "recycle")
"""The stages of a supply chain."""

MEASURE_KINDS = (
    "tariff",
    "import_quota",
    "export_quota",
    "export_ban",
    "licence_delay",
    "price_floor",
)
"""The kinds of trade measures."""

LONGEST = 600
"""The largest number of periods."""


def _per(meaning: str, *, required: bool = True) -> Column:
    return choice("per", meaning, *TIMES, required=required)


def _price_year(what: str) -> Column:
    return integer(
        "price_year",
        f"The year of the prices of {what}, if it is not the case's price year.",
        low=1900,
        high=2200,
    )


_TABLES: tuple[TableSpec, ...] = (
    TableSpec(
        "commodities",
        "One material in one tradable form, such as an oxide.",
        ("commodity",),
        (
            name("commodity", "Name of the commodity."),
            text("material", "The main material that it holds.", required=True),
            text("basis", "What a tonne of it counts, such as 'contained Co' or 'REO content'.",
                 required=True),
            quantity("price", "Reference price, also the customs value.", "money per mass",
                     unit="price_unit", required=True),
            unit("price_unit", "Unit of the price, such as USD/kg.", "money per mass"),
            _price_year("price"),
        ),
        required=True,
    ),
    TableSpec(
        "contents",
        "How much of a commodity's mass is a material; only for commodities that hold several.",
        ("commodity", "material"),
        (
            name("commodity", "The commodity.", "commodities.commodity"),
            text("material", "The material that it holds.", required=True),
            share("content", "Share of the commodity's mass that is the material.", required=True,
                  above_zero=True),
        ),
    ),
    TableSpec(
        "conversions",
        "How many tonnes in the commodity's own basis one tonne in another basis is.",
        ("commodity", "from_basis"),
        (
            name("commodity", "The commodity.", "commodities.commodity"),
            text("from_basis", "The other basis, such as 'ore' or 'LCE'.", required=True),
            number("factor", "Tonnes in the commodity's own basis per tonne in the other basis.",
                   "t/t", required=True, above_zero=True),
        ),
    ),
    TableSpec(
        "buyers",
        "One who needs commodities.",
        ("buyer",),
        (
            name("buyer", "Name of the buyer."),
            Column("country", "place", "Its country (ISO3), or the name of a bloc.",
                   required=True),
        ),
        required=True,
    ),
    TableSpec(
        "sites",
        "One mine, refinery, plant or recycler.",
        ("site",),
        (
            name("site", "Name of the site."),
            Column("country", "country", "Its country (ISO3).", required=True),
            text("owner", "Who controls it.", required=True),
            choice("stage", "Its stage in the chain.", *STAGES),
            quantity("capacity", "The most activity, over all its recipes; inf = no limit.",
                     "mass per time", unit="unit", per="per", required=True, infinite=True),
            unit("unit", "Unit of capacity and minimum_offtake, such as kt.", "mass"),
            _per("The time that capacity and minimum_offtake are counted per."),
            quantity("cost", "Cost per tonne of activity.", "money per mass", unit="cost_unit",
                     required=True),
            unit("cost_unit", "Unit of the cost, such as USD/t.", "money per mass"),
            quantity("fixed_cost", "One-off cost of qualifying the site; above 0 it becomes a "
                     "yes-or-no decision.", "money", unit="fixed_cost_unit", default=0.0),
            unit("fixed_cost_unit", "Unit of fixed_cost, such as MUSD.", "money", required=False),
            quantity("minimum_offtake", "The least that is booked in each period if the site is "
                     "qualified at all.", "mass per time", unit="unit", per="per", default=0.0),
            number("lead_time_months", "Months from the start until its first delivery, its "
                   "qualification included.", "months", default=0.0),
            number("recovery_months", "Months until it works again after a loss; 0 = not known.",
                   "months", default=0.0),
            number("emissions", "Greenhouse gases per tonne of activity, its own energy and "
                   "chemicals included, its commodity inputs not.", "t CO2e/t", default=0.0),
            number("radioactive", "Radioactive residue (thorium, uranium) per tonne of activity.",
                   "t/t", default=0.0),
            _price_year("cost and fixed_cost"),
        ),
        required=True,
    ),
    TableSpec(
        "recipes",
        "One input or output of what a site does, per tonne of activity.",
        ("site", "recipe", "direction", "commodity"),
        (
            name("site", "The site.", "sites.site"),
            name("recipe", "Name of the recipe; rows with the same name belong together."),
            choice("direction", "Whether the commodity goes in or comes out.", "input", "output"),
            name("commodity", "The commodity.", "commodities.commodity"),
            number("amount", "Tonnes per tonne of activity.", "t/t", required=True,
                   above_zero=True),
            share("yield", "Share of the amount of an output that is obtained.", default=1.0,
                  above_zero=True),
        ),
        required=True,
    ),
    TableSpec(
        "lanes",
        "One way for one commodity, from a site to a site or a buyer.",
        ("origin", "destination", "commodity"),
        (
            name("origin", "The site it leaves.", "sites.site"),
            name("destination", "The site or buyer it goes to.", "sites.site", "buyers.buyer"),
            name("commodity", "The commodity.", "commodities.commodity"),
            quantity("freight", "Freight per tonne.", "money per mass", unit="freight_unit",
                     required=True),
            unit("freight_unit", "Unit of freight and booking_cost, such as USD/t.",
                 "money per mass"),
            share("tariff", "Ad-valorem tariff on the commodity's price.", default=0.0,
                  may_exceed_one=True),
            quantity("quota", "The most that may pass; empty or inf = no limit.", "mass per time",
                     unit="unit", per="per", default=inf, infinite=True),
            unit("unit", "Unit of quota and spot_limit, such as t.", "mass", required=False),
            _per("The time that quota and spot_limit are counted per.", required=False),
            quantity("booking_cost", "Paid per tonne booked, whether delivered or not.",
                     "money per mass", unit="freight_unit", default=0.0),
            share("flex", "Extra volume over the booking that may be called after news, as a "
                  "share of it.", default=0.0, may_exceed_one=True),
            share("take_or_pay", "Share of the booking that must be taken while available.",
                  default=0.0),
            quantity("spot_limit", "The most that may be bought on the spot market after news.",
                     "mass per time", unit="unit", per="per", default=0.0),
            share("spot_premium", "Premium of spot purchases, as a share of the commodity's "
                  "price.", default=0.0, may_exceed_one=True),
            text("corridor", "Strait, canal or route that it passes, such as Malacca."),
            number("emissions", "Greenhouse gases of the transport per tonne moved.", "t CO2e/t",
                   default=0.0),
            _price_year("freight and booking_cost"),
        ),
        required=True,
    ),
    TableSpec(
        "demand",
        "What a buyer needs of a commodity, in one period or in every period.",
        ("buyer", "commodity", "period"),
        (
            name("buyer", "The buyer.", "buyers.buyer"),
            name("commodity", "The commodity.", "commodities.commodity"),
            integer("period", "Number of the period, from 1; empty = every period.", low=1,
                    high=LONGEST),
            quantity("quantity", "What is needed.", "mass per time", unit="unit", per="per",
                     required=True),
            unit("unit", "Unit of the quantity, such as t.", "mass"),
            _per("The time that the quantity is counted per."),
            flag("firm", "Whether it must be met whatever happens."),
            text("basis", "What a tonne counts, if it is not the commodity's basis."),
        ),
        required=True,
    ),
    TableSpec(
        "shortages",
        "What it costs a buyer to go without, in tiers of rising cost.",
        ("buyer", "commodity", "tier"),
        (
            name("buyer", "The buyer.", "buyers.buyer"),
            name("commodity", "The commodity.", "commodities.commodity"),
            integer("tier", "Number of the tier; tier 1 is given up first and costs least.",
                    low=1, high=1000, required=True),
            share("share", "Share of the demand that is in the tier.", required=True,
                  above_zero=True),
            quantity("cost", "Value lost per tonne that is not delivered.", "money per mass",
                     unit="cost_unit", required=True),
            unit("cost_unit", "Unit of the cost, such as USD/kg.", "money per mass"),
            _price_year("cost"),
        ),
    ),
    TableSpec(
        "stocks",
        "Where a buyer may keep a commodity in store.",
        ("buyer", "commodity"),
        (
            name("buyer", "The buyer.", "buyers.buyer"),
            name("commodity", "The commodity.", "commodities.commodity"),
            quantity("initial", "What is in store at the start.", "mass", unit="unit",
                     default=0.0),
            quantity("capacity", "The most that can be stored; inf = no limit.", "mass",
                     unit="unit", required=True, infinite=True),
            unit("unit", "Unit of initial and capacity, such as t.", "mass"),
            quantity("holding_cost", "Cost of storing a tonne for a year, without capital.",
                     "money per mass and year", unit="holding_cost_unit", required=True),
            unit("holding_cost_unit", "Unit of the holding cost, as USD/t, always per year.",
                 "money per mass and year"),
            share("loss_rate", "Share of the stock that is lost in a year.", default=0.0),
            share("end_discount", "What is left at the end is worth the price less this share.",
                  required=True),
            share("rotation", "Share of the stock that is replaced by fresh material in a year.",
                  default=0.0, may_exceed_one=True),
            share("rotation_cost", "Cost of replacing a tonne, as a share of its price.",
                  default=0.0, may_exceed_one=True),
            share("refill_rate", "Most that is put into store in a year, as a share of the target; "
                  "empty = no limit.", may_exceed_one=True),
            text("basis", "What a tonne counts, if it is not the commodity's basis."),
            _price_year("holding_cost"),
        ),
    ),
    TableSpec(
        "hazards",
        "Something that may happen, and whom it strikes.",
        ("hazard",),
        (
            name("hazard", "Name of the hazard."),
            choice("kind", "What it does: supply fails, demand or prices rise, or exports are "
                   "banned, cut by a share, or held up.", *HAZARD_KINDS),
            choice("by", "What it strikes; a lane is 'origin>destination:commodity'.",
                   *HAZARD_GROUPS),
            text("name", "Which one of them.", required=True),
            choice("stage", "Only sites of this stage.", *STAGES, required=False),
            name("commodity", "Only this commodity.", "commodities.commodity", required=False),
            flag("exports_only", "Whether only lanes that leave the country are struck."),
            name("destination", "Only lanes to this buyer.", "buyers.buyer", required=False),
            number("rate_per_year", "How often it begins in a year; empty = only in listed "
                   "scenarios.", "1/year"),
            number("duration_months", "How long it lasts on average.", "months",
                   above_zero=True),
            share("severity", "Share of supply lost, or by which demand or the price rises, while "
                  "it lasts.", above_zero=True, may_exceed_one=True),
            *HAZARD_COLUMNS,
        ),
    ),
    TableSpec(
        "scenarios",
        "One hazard in one listed scenario.",
        ("scenario", "hazard", "period"),
        (
            name("scenario", "Name of the scenario."),
            share("probability", "Its probability, the same on each of its rows.", required=True),
            name("hazard", "The hazard.", "hazards.hazard"),
            integer("period", "Number of the period, from 1; empty = every period.", low=1,
                    high=LONGEST),
            number("value", "Availability from 0 to 1 of supply, or multiplier of demand or price.",
                   "fraction", required=True),
        ),
    ),
    TableSpec(
        "measures",
        "One trade measure, known when the plan is made, on the lanes that cross a border.",
        ("measure",),
        (
            name("measure", "Name of the measure."),
            choice("kind", "What it does; each kind needs the column that holds its number.",
                   *MEASURE_KINDS),
            text("origin", "Country, bloc or site that the lanes leave; empty = any."),
            text("destination", "Country, bloc, buyer or site that they enter; empty = any."),
            name("commodity", "Only this commodity.", "commodities.commodity", required=False),
            choice("stage", "Only what leaves sites of this stage, such as ore from mines.",
                   *STAGES, required=False),
            share("tariff", "Tariff on the commodity's price, added to that of the lane.",
                  may_exceed_one=True),
            quantity("quantity", "Quota: the most that all the lanes together carry.",
                     "mass per time", unit="unit", per="per"),
            unit("unit", "Unit of quantity, such as t.", "mass", required=False),
            _per("The time that quantity is counted per.", required=False),
            number("months", "Months without a delivery, while licences are applied for.",
                   "months"),
            quantity("price", "Price floor: what a tonne costs at least at the border.",
                     "money per mass", unit="price_unit"),
            unit("price_unit", "Unit of price, such as USD/t.", "money per mass", required=False),
            Column("since", "date", "First day in force, as YYYY-MM-DD or YYYY.", required=True),
            Column("until", "date", "Last day in force; empty = it stays."),
            Column("announced", "flag", "Whether the plan knows it from the start; surprises "
                   "are hazards.", default=True),
            flag("allow_empty", "Whether it may cover no lane, or no period, of the case."),
            _price_year("price"),
        ),
    ),
    TableSpec(
        "blocs",
        "One country of a bloc; a bloc listed here replaces the bundled bloc of that name.",
        ("bloc", "country", "since"),
        (
            name("bloc", "Name of the bloc."),
            Column("country", "country", "The member (ISO3).", required=True),
            Column("since", "date", "First day as a member, as YYYY-MM-DD or YYYY.",
                   required=True),
            Column("until", "date", "Last day as a member; empty = still a member."),
        ),
    ),
    TableSpec(
        "sources",
        "One source that the column source of other tables may name.",
        ("source",),
        (
            name("source", "Key of the source."),
            Column("title", "note", "What it is.", required=True),
            Column("obtained_from", "note", "How the figures were got."),
            Column("tier", "note", "How near it is to the origin of the figures."),
            Column("reference", "note", "Where to find it."),
        ),
    ),
)  # fmt: skip

TABLES: dict[str, TableSpec] = {
    table.name: table for table in (*_TABLES, *HAZARD_TABLES, *INVESTMENT_TABLES, *POOL_TABLES)
}
"""The table dictionary."""
