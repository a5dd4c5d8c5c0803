"""Numbers and names as text: the same in every locale, and harmless in every terminal."""

from __future__ import annotations

from diversify.report.numbers import figure, money, money_unit, resolving

__all__ = ["figure", "money", "money_unit", "resolving", "shown"]


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
