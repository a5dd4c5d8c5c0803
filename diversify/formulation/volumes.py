"""Total booked volumes by stage and material, the denominators of every share."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from diversify.formulation.network import Network


def add_volumes(m: pyo.ConcreteModel, network: Network) -> None:
    r"""Add the booked volume of each material that leaves each stage in each period.

    .. math:: volume_{s,m,t} = \textstyle\sum_{l \in out(s)} content_{c(l),m}\, book_{l,t}

    With the total as a variable of its own, a cap carries its level in one coefficient instead of
    one for each lane.

    Parameters
    ----------
    m : pyomo.environ.ConcreteModel
        The template; receives ``plan.volume`` [t of the material].
    network : Network
        The network of the case.
    """
    lanes = {
        (stage, material): network.leaves_stage(stage, material)
        for stage in network.stages
        for material in network.materials
    }
    index = [(s, w, t) for (s, w), found in lanes.items() if found for t in network.periods]
    m.plan.volume = pyo.Var(index, bounds=(0, None))

    def volume_sum(_: Any, stage: str, material: str, t: int) -> Any:
        return m.plan.volume[stage, material, t] == sum(
            network.contained(lane, material) * m.plan.book[lane, t]
            for lane in lanes[stage, material]
            if (lane, t) in m.plan.book
        )

    m.plan.volume_sum = pyo.Constraint(index, rule=volume_sum)
