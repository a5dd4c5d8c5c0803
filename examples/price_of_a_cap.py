"""Tighten a cap on any one foreign refiner, and see what each step costs."""

import diversify as dv

case = dv.example("rare-earths")
cap = dv.ShareCap(by="country", stage="refine", share=1.0, foreign_only=True, name="cap")
risk = dv.ShortageBudget(measure="cvar", level=0.95, limit=0.02, name="risk")
print(cap.sentence().replace("100 %", "... %"), risk.sentence(), sep="\n")

print("\ncap    million USD   USD saved by one more point of the cap")
for share in (1.0, 0.8, 0.65, 0.6, 0.55, 0.4):
    tighter = cap.with_level(share)
    try:
        plan = dv.solve(case, tighter, risk, scenarios=6, seed=1, out_of_sample=0)
    except dv.InfeasibleError as error:
        change = error.conflict.smallest
        words = ", ".join(f"{name} {step:+.3f}" for name, step in change.items())
        print(f"{share:4.0%}   cannot hold; smallest change that would do: {words or 'none'}")
        continue
    prices = plan.prices.set_index(["policy", "row"])["price"]
    saved = max(0.0, -prices["cap", "all"] / 100)
    print(f"{share:4.0%}   {plan.objective / 1e6:11.2f}   {saved:12,.0f}")
