"""Change tables of a case in pandas, and compare the two plans."""

import diversify as dv

case = dv.example("rare-earths")
tables = {name: case.raw(name) for name in case.tables}

# What if the Malaysian plant promised twice as much dysprosium and terbium to the EU?
lanes = tables["lanes"]
mine = (
    (lanes["origin"] == "lynas_kuantan")
    & (lanes["destination"] == "EU27")
    & (lanes["commodity"] == "DyTb_oxide")
)
assert mine.sum() == 1
lanes.loc[mine, "quota"] *= 2
changed = dv.Case.from_frames(case.settings, tables)

# The checks of a folder hold for tables in memory, too.
lanes.loc[mine, "quota"] = -1.0
try:
    dv.Case.from_frames(case.settings, tables)
except dv.InputError as error:
    print(error, end="\n\n")

before, after = (dv.solve(c, scenarios=20, seed=1, out_of_sample=0) for c in (case, changed))
print(f"cost before   {before.objective / 1e6:8.2f} million USD")
print(f"cost after    {after.objective / 1e6:8.2f} million USD")
for name, plan in (("before", before), ("after", after)):
    shares = plan.shares("country").set_index(["stage", "material", "name"])["share"]
    print(f"Malaysia's share of DyTb refining {name}: {shares['refine', 'DyTb', 'MYS']:.1%}")
