"""Write a rule as a plain function: what it costs, and what it clashes with."""

import diversify as dv

OXIDE = "NdPr_oxide"


def no_giant(model, network, level):
    """No single site delivers more than `level` tonnes of the oxide in a quarter."""
    book = model.plan.book
    for site in network.sites.index:
        lanes = network.lanes_from.get((site, OXIDE), [])
        for t in network.periods:
            parts = [book[lane, t] for lane in lanes if (lane, t) in book]
            if parts:
                yield (site, t), sum(parts) <= level


def largest(plan):
    """Return the most that a site delivers in a quarter of the first year."""
    rows = plan.portfolio
    oxide = rows[(rows["commodity"] == OXIDE) & rows["period"].str.startswith("2026")]
    return oxide.groupby(["site", "period"])["tonnes"].sum().max()


options = {"scenarios": 6, "seed": 1, "out_of_sample": 0}
case = dv.example("rare-earths").for_buyers("EU27")
free = dv.solve(case, case_policies=False, **options)
print(f"Without a rule the largest site delivers {largest(free):,.0f} t in a quarter.")

half = largest(free) / 2
rule = dv.Rule(
    "no giant",
    no_giant,
    level=half,
    level_unit="t",
    words=f"No site delivers more than {{level}} t of {OXIDE} in a quarter.",
)
plan = dv.solve(case, rule, **options)
price = plan.prices.set_index(["policy", "row"]).loc[("no giant", "all")]
print(rule.sentence())
more = (plan.objective - free.objective) / 1e3
print(f"Now the largest delivers {largest(plan):,.0f} t. That costs {more:,.0f} thousand USD more,")
print(f"and one more tonne in every quarter would save {-price['price']:,.0f} USD.")

never_short = dv.ShortageBudget(measure="worst", limit=0.0, name="never short")
conflict = dv.explain(case, rule.with_level(5), never_short, scenarios=6, seed=1)
print(f"\nAt 5 t:\n{conflict.sentence()}")
