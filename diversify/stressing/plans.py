"""The plans that are usually compared in a stress: no rule, and one lever each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from diversify import api
from diversify.case import Case
from diversify.errors import InfeasibleError, InputError
from diversify.jobs import Progress
from diversify.policies import Policy, ShareCap, StockFloor, SurviveLoss, parse_policies
from diversify.result.plan import Plan
from diversify.scenarios import Scenarios

LEVERS: Mapping[str, Policy | None] = {
    "no rule": None,
    "65 % cap": ShareCap(by="country", share=0.65, foreign_only=True),
    "N-1": SurviveLoss(by="country", months=6, limit=0.1),
    "CVaR budget": parse_policies(
        [{"kind": "shortage_budget", "measure": "cvar", "level": 0.95, "limit": 0.03}]
    )[0],
    "stock only": StockFloor(days=60),
}
"""Name of each plan to the one policy that it keeps.

At most 65 % from any third country is the benchmark of Regulation (EU) 2024/1252, and 60 days of
stock are the norm of Japan (table ``stockpile_norms``); the rest is a choice.
"""


def usual_plans(
    case: Case,
    *,
    buyer: str | Sequence[str] | None = None,
    scenarios: int | Scenarios | None = None,
    seed: int | None = None,
    levers: Mapping[str, Policy | None] = LEVERS,
    progress: Progress | None = None,
) -> tuple[dict[str, Plan], dict[str, str]]:
    """Return the plan of each lever alone, and why there is none for some.

    Parameters
    ----------
    case : Case
        The case; its own policies are left out.
    buyer, scenarios, seed
        As in :func:`diversify.solve`, the same for each plan.
    levers : mapping of str to Policy or None
        Name of each plan to the policy that it keeps; None keeps none.
    progress : callable, optional
        Called with the name of each plan as it begins.

    Returns
    -------
    dict of str to Plan
        Those that there are.
    dict of str to str
        Why the others are not there.

    Examples
    --------
    >>> import diversify as dv
    >>> levers = {"no rule": None, "a year of stock": dv.StockFloor(days=366)}
    >>> found, missing = usual_plans(dv.example("rare-earths-2010"), levers=levers)
    >>> list(found), list(missing)
    (['no rule'], ['a year of stock'])
    """
    found: dict[str, Plan] = {}
    missing: dict[str, str] = {}
    for name, policy in levers.items():
        if progress is not None:
            progress(f"solve: {name}")
        try:
            found[name] = api.solve(
                case,
                *([] if policy is None else [policy]),
                buyer=buyer,
                scenarios=scenarios,
                seed=seed,
                case_policies=False,
                out_of_sample=0,
            )
        except InfeasibleError as error:
            missing[name] = str(error) or "no plan keeps it"
        except InputError as error:
            # A lever that the case has nothing for, such as stock where none can be held.
            if policy is None:
                raise
            missing[name] = "; ".join(finding.message for finding in error.findings)
    return found, missing
