"""What an investment costs in the periods in which it can be used."""

from __future__ import annotations

from diversify.formulation.network import Network


def instalment(rate: float, life_years: float, period_years: float) -> float:
    r"""Return what is paid per USD of capital at the start of each period of its life.

    .. math:: a = \frac{1 - v}{1 - (1 + \rho)^{-L}}, \quad v = (1 + \rho)^{-\Delta}

    The annuity due: its present value over the life, on the first day of use, is the capital. (The
    yearly capital recovery factor :math:`\rho / (1 - (1 + \rho)^{-L})` is the same annuity paid
    at the end of each year.)

    Parameters
    ----------
    rate : float
        Discount rate per year, a fraction.
    life_years, period_years : float
        Life of the investment and length of a period [years].

    Returns
    -------
    float
        A fraction of the capital; without discounting the period's share of the life.

    Examples
    --------
    >>> instalment(0.0, 20.0, 1.0)
    0.05
    >>> a = instalment(0.08, 2.0, 1.0)
    >>> round(a + a / 1.08, 12)
    1.0
    """
    if rate == 0.0:
        return period_years / life_years
    return float((1.0 - (1.0 + rate) ** -period_years) / (1.0 - (1.0 + rate) ** -life_years))


def capital_charge(network: Network, capital_cost: float, life_years: float, first: int) -> float:
    r"""Return what a tonne a period of capacity costs from its first period to the last.

    .. math:: charge = \frac{K}{\Delta}\, a \textstyle\sum_{t \ge first} d_t

    Parameters
    ----------
    network : Network
        For the discount rate and the periods.
    capital_cost : float
        :math:`K`, for a tonne a year [USD].
    life_years : float
        Life [years]; what wears out within the horizon is renewed at the same yearly cost.
    first : int
        First period of use, from 0.

    Returns
    -------
    float
        Present value [USD per tonne a period]; what is left of the life after the horizon is not
        paid for.
    """
    if capital_cost == 0.0:
        return 0.0
    case = network.case
    part = instalment(case.settings.discount_rate, life_years, case.period_years)
    return capital_cost / case.period_years * part * sum(network.discount[first:-1])


def lead_periods(network: Network, months: float) -> int:
    """Return the number of periods after which something is there that takes some months."""
    length = round(network.case.period_years * 12)
    return int(-(-months // length))
