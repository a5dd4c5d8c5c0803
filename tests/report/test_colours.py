"""Everybody can read the page and tell its colours apart."""

from __future__ import annotations

import itertools

import pytest

from diversify.report.palette import COLOURS, DARK, LIGHT, assigned, settled

THEMES = {"light": LIGHT, "dark": DARK}
TEXTS = ("ink", "muted", "link", "good", "limit")
GROUNDS = ("page", "panel", "warn", "bad")


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_has_the_contrast_that_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), [*itertools.product(TEXTS, GROUNDS)])
def test_texts_stand_out(theme: str, text: str, ground: str) -> None:
    colours = THEMES[theme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_scale_of_the_map_rises_and_begins_apart_from_the_land(theme: str) -> None:
    colours = THEMES[theme]
    steps = [contrast(colours[name], colours["page"]) for name in ("land", "s0", "s1", "s2")]
    assert steps == sorted(steps)
    assert contrast(colours["s0"], colours["land"]) > 1.15


def test_the_light_colours_are_those_of_okabe_and_ito() -> None:
    # Okabe & Ito, Color Universal Design, 2008: all but black, which is the ink here.
    published = {"#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"}
    assert {LIGHT[name[6:-1]] for name in COLOURS} == published


def test_both_themes_have_the_same_names() -> None:
    assert set(LIGHT) == set(DARK)


def test_names_of_colours_become_colours_anywhere_in_a_description() -> None:
    found = settled({"a": ["var(--ink)", {"b": "fade(var(--c0))"}], "c": "var(x)"}, DARK)
    assert found == {"a": [DARK["ink"], {"b": "rgba(63,159,220,0.45)"}], "c": "var(x)"}
    assert settled("scale(1.0)") == LIGHT["s2"]


def test_the_first_names_get_the_colours_and_the_others_share_one() -> None:
    found = assigned([*"ABCDEFGHI", "A"])
    assert len(found) == 9
    assert len(set(found.values())) == 8
    assert found["H"] == found["I"] == "var(--rest)"
