"""Write a policy of your own: the share of one country falls in a straight line to a level."""

from __future__ import annotations

from typing import Literal

import diversify as dv
from diversify.policies import Policy


class PhaseDown(Policy):
    """From everything in the first period, to at most ``share`` in the last."""

    kind: Literal["phase_down"] = "phase_down"
    country: str
    stage: str
    share: float

    unit = "USD per unit of share"

    def default_name(self):
        return f"phase_down {self.country} {self.stage}"

    @property
    def level_value(self):
        return self.share

    def with_level(self, value):
        return self.model_copy(update={"share": value})

    def sentence(self):
        return f"The share of {self.country} at {self.stage} falls to {100 * self.share:g} %."

    def lanes(self, network):
        """Return the lanes that count for each material, and all lanes of the stage."""
        self.known("country", [self.country], network.sites["country"])
        self.known("stage", [self.stage], network.stages)
        for material in network.materials:
            every = network.leaves_stage(self.stage, material)
            yield (
                material,
                [x for x in every if network.lanes.at[x, "country"] == self.country],
                every,
            )

    def constrain(self, build):
        """Add a row for each material and period, with the level as a symbol."""
        network, book = build.network, build.model.plan.book
        level = build.level(self.name, self.share)
        last = network.case.periods - 1
        counted = {material: (some, every) for material, some, every in self.lanes(network)}

        def tonnes(lanes, material, t):
            return sum(network.contained(x, material) * book[x, t] for x in lanes if (x, t) in book)

        def row(material, t):
            some, every = counted[material]
            most = (1 - t / last) + level * (t / last)
            return tonnes(some, material, t) <= most * tonnes(every, material, t)

        index = [(material, t) for material in counted for t in range(1, last + 1)]
        build.add_rows("plan", self.name, index, row)

    def measure(self, view):
        """Return the share in the last period, from a plan alone."""
        last = view.network.case.periods - 1
        found = {}
        for material, some, every in self.lanes(view.network):
            part, whole = (
                sum(
                    view.network.contained(x, material) * view.booked.get((x, last), 0.0)
                    for x in lanes
                )
                for lanes in (some, every)
            )
            found[material] = part / whole
        return found


case = dv.example("rare-earths")
rule = PhaseDown(country="CHN", stage="refine", share=0.55)
free = dv.solve(case, scenarios=20, seed=1, out_of_sample=0, case_policies=False)
plan = dv.solve(case, rule, scenarios=20, seed=1, out_of_sample=0)
print(rule.sentence())
more = plan.objective - free.objective
print(f"It costs {more / 1e6:.2f} million USD more than no rule: {plan.objective / 1e6:.1f}.")

book = plan.portfolio
refined = book[(book["stage"] == "refine") & book["commodity"].str.startswith("NdPr")]
table = refined.pivot_table(index="period", columns="country", values="tonnes", aggfunc="sum")
print((table["CHN"] / table.sum(axis=1)).round(3).rename("China's share of NdPr").to_string())
