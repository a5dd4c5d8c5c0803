"""Colours that everybody can tell apart, in a light and a dark form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

INK: Final = "var(--ink)"
MUTED: Final = "var(--muted)"
GRID: Final = "var(--grid)"
PAGE: Final = "var(--page)"
LAND: Final = "var(--land)"
REST: Final = "var(--rest)"
LIMIT: Final = "var(--limit)"

LIGHT: Final[Mapping[str, str]] = {
    "page": "#ffffff",
    "panel": "#f4f6f8",
    "ink": "#1b2733",
    "muted": "#51606f",
    "grid": "#d5dce3",
    "land": "#e3e6e9",
    "rest": "#8d99a5",
    "limit": "#b3261e",
    "good": "#10603f",
    "link": "#0b5394",
    "warn": "#fff3d6",
    "bad": "#fde4e1",
    "c0": "#0072b2",
    "c1": "#e69f00",
    "c2": "#009e73",
    "c3": "#cc79a7",
    "c4": "#56b4e9",
    "c5": "#d55e00",
    "c6": "#f0e442",
    "s0": "#b3d3ee",
    "s1": "#4f95ca",
    "s2": "#06335c",
}
DARK: Final[Mapping[str, str]] = {
    "page": "#12181f",
    "panel": "#1b232c",
    "ink": "#e8edf2",
    "muted": "#a9b5c1",
    "grid": "#36424e",
    "land": "#2c3640",
    "rest": "#7d8a97",
    "limit": "#ff8a80",
    "good": "#6fd3a8",
    "link": "#8cc4ff",
    "warn": "#3d3317",
    "bad": "#4a201d",
    "c0": "#3f9fdc",
    "c1": "#e69f00",
    "c2": "#1fb98c",
    "c3": "#d98bb6",
    "c4": "#7cc7f2",
    "c5": "#e9752b",
    "c6": "#f0e442",
    "s0": "#1f4263",
    "s1": "#3f86bf",
    "s2": "#d9ecfb",
}
"""The seven colours ``c0`` to ``c6`` are those of Okabe and Ito (2008), a little lighter where the
page is dark; ``s0`` to ``s2`` are one hue that rises in contrast."""

SCALE: Final = [[0.0, "var(--s0)"], [0.5, "var(--s1)"], [1.0, "var(--s2)"]]
COLOURS: Final = tuple(f"var(--c{i})" for i in range(7))


def assigned(names: Iterable[str]) -> dict[str, str]:
    """Return a colour for each name; the first seven get one of their own.

    Parameters
    ----------
    names : iterable of str
        The most important ones first.

    Examples
    --------
    >>> assigned(["CHN", "AUS"])
    {'CHN': 'var(--c0)', 'AUS': 'var(--c1)'}
    """
    return {
        name: COLOURS[i] if i < len(COLOURS) else REST
        for i, name in enumerate(dict.fromkeys(names))
    }


def faded(colour: str, part: float = 0.45) -> str:
    """Return a colour that lets the page shine through.

    Examples
    --------
    >>> faded("#0072b2")
    'rgba(0,114,178,0.45)'
    """
    red, green, blue = _channels(colour)
    return f"rgba({red},{green},{blue},{part:g})"


def scaled(share: float, theme: Mapping[str, str] = LIGHT) -> str:
    """Return the colour of a share on the scale of the map.

    Examples
    --------
    >>> scaled(0.0), scaled(0.25)
    ('#b3d3ee', '#81b4dc')
    """
    low, high = ("s0", "s1") if share < 0.5 else ("s1", "s2")
    part = 2 * share if share < 0.5 else 2 * share - 1
    ends = zip(_channels(theme[low]), _channels(theme[high]), strict=True)
    return "#" + "".join(f"{round(a + part * (b - a)):02x}" for a, b in ends)


def settled(spec: Any, theme: Mapping[str, str] = LIGHT) -> Any:
    """Return a description of a figure with the colours of a theme in place of their names.

    Names are ``var(--c0)``, ``fade(var(--c0))`` and ``scale(0.3)``; a page does the same with the
    theme that its reader has chosen.

    Examples
    --------
    >>> settled({"color": "var(--c0)", "width": 2})
    {'color': '#0072b2', 'width': 2}
    """
    if isinstance(spec, str):
        if spec.startswith("fade("):
            return faded(settled(spec[5:-1], theme))
        if spec.startswith("scale("):
            return scaled(float(spec[6:-1]), theme)
        if spec.startswith("var(--") and spec.endswith(")"):
            return theme[spec[6:-1]]
        return spec
    if isinstance(spec, dict):
        return {key: settled(value, theme) for key, value in spec.items()}
    if isinstance(spec, list | tuple):
        return [settled(value, theme) for value in spec]
    return spec


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
