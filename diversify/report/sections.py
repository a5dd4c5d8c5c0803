"""The sections of a page that hold figures, in their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from diversify.result import Plan


@dataclass(frozen=True, slots=True)
class Section:
    """A section with a figure.

    Attributes
    ----------
    id : str
        By which figures and links find it.
    title, text : str
        What the reader sees.
    local : tuple of str
        Choices that concern this figure only.
    """

    id: str
    title: str
    text: str
    local: tuple[str, ...] = ()


SECTIONS: Final = (
    Section(
        "flows",
        "From mine to buyer",
        "What is booked, in tonnes of the material. A band is as wide as its flow; losses in "
        "processing make what leaves a place narrower than what enters it.",
        ("by",),
    ),
    Section(
        "map",
        "Where it comes from",
        "Share of each country at one stage.",
        ("stage", "style"),
    ),
    Section(
        "shares",
        "Shares before and after",
        "Bars are the shares of the plan. Diamonds are shares before: of the capacity that the "
        "case offers at that stage, or of the first plan where two are compared. Lines are caps.",
        ("by",),
    ),
    Section("costs", "What it costs", "Expected costs by kind. Money that comes back is negative."),
    Section(
        "risk",
        "How safe it is",
        "The chance of at least this loss, in the scenarios that the plan was made for and in "
        "fresh ones that it has not seen. Marks are risk figures with their 95 % intervals; a "
        "dotted line is a limit.",
        ("subject",),
    ),
    Section(
        "stocks",
        "How long stocks last",
        "Stocks in days of mean demand, against the mean time until each disruption that strikes "
        "this supply is over.",
    ),
    Section("value", "Where value is added", "Value of what sites ship less what they take in."),
    Section("frontier", "What a limit costs at each level", "The cheapest plan at each level."),
)


def sections(plans: tuple[Plan, ...], *, with_frontier: bool) -> list[Section]:
    """Return the sections that the plans have data for.

    Parameters
    ----------
    plans : tuple of Plan
        One or two.
    with_frontier : bool
        Whether a frontier is shown.
    """
    absent = set() if with_frontier else {"frontier"}
    if not any(len(plan.value_added) for plan in plans):
        absent.add("value")
    return [section for section in SECTIONS if section.id not in absent]
