"""Numbers and names as text: the same in every locale, and harmless in every terminal."""

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


def shown(text: str) -> str:
    r"""Return a text as a terminal may show it: what cannot be seen appears as its code.

    Control characters could move the cursor, and marks of direction could disguise a name.

    Examples
    --------
    >>> shown("Mine\x1b[31m A"), shown("Yichun \u5b9c\u6625")
    ('Mine\\x1b[31m A', 'Yichun 宜春')
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else _code(c) for c in text)


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
