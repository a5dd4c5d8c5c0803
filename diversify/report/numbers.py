"""Numbers as text: the same in every locale."""

from __future__ import annotations

import math


def figure(value: float | None, digits: int = 4) -> str:
    """Return a number with so many significant digits; empty where there is none.

    Digits before the point are never rounded away, and nothing depends on the locale.

    Examples
    --------
    >>> figure(0.012345), figure(123456.7), figure(11.75), figure(None), figure(-2e-9)
    ('0.01235', '123457', '11.75', '', '-2.000e-09')
    """
    if value is None or math.isnan(value):
        return ""
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -4 or size > 15:
        return f"{value:.{digits - 1}e}"
    decimals = max(0, digits - 1 - size)
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def grouped(value: float, digits: int = 3) -> str:
    """Return a number for reading, with spaces between thousands.

    Examples
    --------
    >>> grouped(1234567.8), grouped(170.71), grouped(0.01234), grouped(-9999.6)
    ('1 234 568', '171', '0.0123', '-10 000')
    """
    if not math.isfinite(value):
        return figure(value)
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}".replace(",", " ")
    return figure(value, digits)


def percent(share: float) -> str:
    """Return a fraction as percent, with as many decimals as it needs.

    Examples
    --------
    >>> percent(0.65), percent(0.0123), percent(0.00004), percent(0.0), percent(1e-9)
    ('65 %', '1.2 %', '0.004 %', '0 %', 'under 0.001 %')
    """
    value = 100.0 * share
    if value == 0:
        return "0 %"
    if abs(value) < 0.001:
        return "under 0.001 %"
    if abs(value) >= 9.95:
        return f"{value:.0f} %"
    return f"{figure(value, 2 if abs(value) >= 0.1 else 1)} %"


def money_unit(largest: float) -> tuple[str, float]:
    """Return the unit in which amounts of this size read best, and its size in USD.

    Examples
    --------
    >>> money_unit(11.75), money_unit(2.3e8)
    (('USD', 1.0), ('million USD', 1000000.0))
    """
    return ("million USD", 1e6) if abs(largest) >= 1e5 else ("USD", 1.0)


def money(amount: float) -> str:
    """Return an amount in USD in words.

    Examples
    --------
    >>> money(229549182.0), money(-5.0)
    ('229.5492 million USD', '-5 USD')
    """
    unit, size = money_unit(amount)
    return f"{figure(amount / size, 7)} {unit}"


def spoken_money(amount: float) -> str:
    """Return an amount in USD as one would say it.

    Examples
    --------
    >>> spoken_money(229549182.0), spoken_money(418371154137.0), spoken_money(11.0)
    ('230 million USD', '418 billion USD', '11 USD')
    """
    for size, word in ((1e9, "billion USD"), (1e6, "million USD"), (1e3, "thousand USD")):
        if abs(amount) >= 10 * size or (abs(amount) >= size and size > 1e3):
            return f"{grouped(amount / size)} {word}"
    return f"{grouped(amount)} USD"


def joined(parts: list[str]) -> str:
    """Return parts as an enumeration.

    Examples
    --------
    >>> joined(["a", "b", "c"]), joined(["a"])
    ('a, b and c', 'a')
    """
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def resolving(value: float | None, low: float | None, high: float | None) -> int:
    """Return with how many significant digits a number shows two of the width of its interval.

    Examples
    --------
    >>> resolving(230.1, 229.8, 230.4), resolving(0.03, 0.02, 0.04), resolving(230.1, None, None)
    (5, 3, 0)
    """
    if value is None or low is None or high is None or not 0 < high - low < math.inf:
        return 0
    return 2 + max(0, math.ceil(math.log10(max(abs(value), high - low) / (high - low))))
