"""Solve the bundled rare-earth case and look at the plan."""

import diversify as dv

case = dv.example("rare-earths")
plan = dv.solve(case, scenarios=20, seed=1)

print(plan)
print(f"proof: {plan.certificate}")

print("\nWho refines what is bought, and the cap on each:")
shares = plan.shares("country")
print(shares[shares["stage"] == "refine"].round(3).to_string(index=False))

print("\nStock to hold:")
print(plan.stocks.round(1).to_string(index=False))

print("\nRisk in the 20 scenarios, and in 1,000 that the plan has not seen:")
print(plan.risk.round(4).to_string(index=False))

folder = plan.save("rare-earth-plan", force=True)
assert dv.read_plan(folder) == plan
print(f"\nSaved to {folder}: plan.json, a CSV file for each table, and the case.")
