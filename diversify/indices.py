"""How concentrated supply is, and how much of a risk that makes it.

>>> from diversify import data
>>> round(hhi(data.world_shares("germanium", stage="refine", year=2024)), 3)
0.873
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from diversify.errors import Finding, InputError

if TYPE_CHECKING:
    import pandas as pd


def hhi(
    amounts: Mapping[str, float] | pd.Series,
    weights: Mapping[str, float] | None = None,
    *,
    total: float | None = None,
) -> float:
    r"""Return the Herfindahl-Hirschman index of amounts: 1 for one supplier, 1/n for n equal ones.

    .. math:: H = \sum_c w_c \left(\frac{a_c}{\sum_k a_k}\right)^2

    Parameters
    ----------
    amounts : mapping or pandas.Series
        What each supplier delivers, in any one unit, or its share.
    weights : mapping, optional
        What each supplier weighs; ``data.governance_weights()`` makes the index run from 0 to 10,
        and a supplier without a weight is refused. Default: 1.
    total : float, optional
        The whole, where ``amounts`` leaves suppliers out: those then count as vanishingly small,
        and the index is a lower bound. Default: the sum of the amounts.

    Returns
    -------
    float
        The index, as a fraction (1 where others write 10 000).

    Raises
    ------
    InputError
        If an amount is negative or no number, nothing is left to share, the total is below the
        sum, or a weight is missing.

    Notes
    -----
    Hirschman (1945), Herfindahl (1950); with governance as weights: European Commission,
    Methodology for establishing the EU list of critical raw materials (2017).

    Examples
    --------
    >>> hhi({"CHN": 50, "AUS": 30, "USA": 20})
    0.38
    >>> round(hhi({"CHN": 50, "AUS": 30}, total=100), 6)
    0.34
    >>> hhi({"CHN": 1, "AUS": 1}, {"CHN": 6.0, "AUS": 2.0})
    2.0
    """
    given = {str(name): float(amount) for name, amount in amounts.items()}
    findings = [
        _refused("amount", f"{name}: {amount}", "an amount must be a number of 0 or more")
        for name, amount in given.items()
        if not (math.isfinite(amount) and amount >= 0)
    ]
    if weights is not None:
        findings += [
            _refused("weights", name, "a supplier has no weight", "give one, or leave it out")
            for name, amount in given.items()
            if amount > 0 and not math.isfinite(weights.get(name, math.nan))
        ]
    if findings:
        raise InputError(findings)
    summed = math.fsum(given.values())
    whole = summed if total is None else total
    if not (whole > 0 and whole >= summed * (1 - 1e-9)):
        message = "the whole must be above 0 and no less than the sum of the amounts"
        raise InputError([_refused("total", f"{whole}", message)])
    return math.fsum(
        (1.0 if weights is None else weights[name]) * (amount / whole) ** 2
        for name, amount in given.items()
        if amount > 0
    )


def concentration(shares: pd.DataFrame, weights: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return the index of each material and stage of a plan's shares.

    Parameters
    ----------
    shares : pandas.DataFrame
        As ``plan.shares("country")`` gives them: columns material, stage, name, share.
    weights : mapping, optional
        As in :func:`hhi`.

    Returns
    -------
    pandas.DataFrame
        Columns material, stage, hhi, top, top_share: the index, and the largest supplier.

    Examples
    --------
    >>> import pandas as pd
    >>> shares = pd.DataFrame({"material": ["x", "x"], "stage": ["mine", "mine"],
    ...                        "name": ["CHN", "AUS"], "share": [0.75, 0.25]})
    >>> concentration(shares).to_dict("records")
    [{'material': 'x', 'stage': 'mine', 'hhi': 0.625, 'top': 'CHN', 'top_share': 0.75}]
    """
    import pandas as pd

    rows = []
    for (material, stage), group in shares.groupby(["material", "stage"], sort=False):
        by_name = group.groupby("name")["share"].sum()
        rows.append(
            {
                "material": material,
                "stage": stage,
                "hhi": hhi(by_name, weights, total=max(1.0, float(by_name.sum()))),
                "top": by_name.idxmax(),
                "top_share": float(by_name.max()),
            }
        )
    return pd.DataFrame(rows, columns=["material", "stage", "hhi", "top", "top_share"])


def import_reliance(*, imports: float, exports: float, production: float) -> float:
    r"""Return net imports over apparent consumption, as a fraction.

    .. math:: IR = \frac{m - x}{p + m - x}

    Parameters
    ----------
    imports, exports, production : float
        Tonnes in one basis, of one year.

    Returns
    -------
    float
        From 0 (net exporters count as 0) to 1.

    Notes
    -----
    European Commission (2017).

    Examples
    --------
    >>> import_reliance(imports=90, exports=10, production=20)
    0.8
    """
    given = {"imports": imports, "exports": exports, "production": production}
    findings = [
        _refused(name, f"{tonnes}", "an amount must be a number of 0 or more")
        for name, tonnes in given.items()
        if not (math.isfinite(tonnes) and tonnes >= 0)
    ]
    if findings:
        raise InputError(findings)
    net = imports - exports
    return net / (production + net) if net > 0 else 0.0


def supply_risk(
    world: Mapping[str, float] | pd.Series,
    sourcing: Mapping[str, float] | pd.Series | None = None,
    *,
    governance: Mapping[str, float],
    import_reliance: float = 1.0,
    recycling: float = 0.0,
    substitution: float = 1.0,
    trade: Mapping[str, float] | None = None,
) -> float:
    r"""Return the supply risk of a material by the method of the European Commission.

    .. math::

        SR = \left[H_w \frac{IR}{2} + H_s \left(1 - \frac{IR}{2}\right)\right]
             (1 - EoL_{RIR})\, SI_{SR}, \qquad H = \sum_c S_c^2\, WGI_c\, t_c

    Parameters
    ----------
    world : mapping or pandas.Series
        Output of each country in the world, or its share.
    sourcing : mapping or pandas.Series, optional
        Where the buyer's supply comes from, its own output included. Without it the risk is
        that of the world's supply alone.
    governance : mapping
        Weight of each country from 0 to 10 (worst), as ``data.governance_weights()`` gives them.
    import_reliance : float
        Net imports over apparent consumption, as a fraction.
    recycling : float
        End-of-life recycling input rate, as a fraction.
    substitution : float
        Substitution index of the supply risk, 1 where nothing can stand in.
    trade : mapping, optional
        Factor of export restrictions: above 1 where a country restricts, 0.8 for the buyer's own
        and closely allied countries. Default: 1.

    Returns
    -------
    float
        Critical from 1 on, in the Commission's lists; 10 is the most there can be where no
        trade factor is above 1.

    Raises
    ------
    InputError
        If a fraction is outside 0 to 1, or an amount or a weight is missing or negative.

    Notes
    -----
    European Commission (2017), Methodology for establishing the EU list of critical raw materials;
    Blengini et al. (2017), EUR 28654 EN, doi:10.2760/73303. The method takes
    the larger of the risks of extraction and processing: call it once for each.

    Examples
    --------
    >>> supply_risk({"A": 1}, {"A": 1}, governance={"A": 10.0})
    10.0
    >>> round(supply_risk({"A": 0.5, "B": 0.5}, governance={"A": 6, "B": 2}, recycling=0.25), 3)
    1.5
    """
    fractions = {
        "import_reliance": import_reliance,
        "recycling": recycling,
        "substitution": substitution,
    }
    findings = [
        _refused(name, f"{value}", "a fraction from 0 to 1 is needed")
        for name, value in fractions.items()
        if not 0 <= value <= 1
    ]
    factors = trade or {}
    findings += [
        _refused("trade", f"{name}: {value}", "a factor above 0 is needed")
        for name, value in factors.items()
        if not (math.isfinite(value) and value > 0)
    ]
    if findings:
        raise InputError(findings)
    weights = {name: weight * factors.get(name, 1.0) for name, weight in governance.items()}
    risk = hhi(world, weights)
    if sourcing is not None:
        half = import_reliance / 2
        risk = risk * half + hhi(sourcing, weights) * (1 - half)
    return risk * (1 - recycling) * substitution


def _refused(column: str, value: str, message: str, remedy: str = "correct the value") -> Finding:
    return Finding.error(
        table="indices", column=column, value=value, message=message, remedy=remedy
    )
