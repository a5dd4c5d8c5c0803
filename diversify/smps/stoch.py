"""The stoch file: what is random, and how likely each of its values is."""

from __future__ import annotations

from diversify.smps.cards import Card, Log, finite, pairs
from diversify.smps.core import Core
from diversify.smps.drafts import Draft, Realisation, lead_of, refuse_stages
from diversify.smps.periods import Periods
from diversify.smps.places import BOUNDS, PLAIN, Place, Places, combined, refuse_hollow

MODES = ("REPLACE", "ADD", "MULTIPLY")
FAMILIES = ("UNIFORM", "NORMAL")
SECTIONS = ("INDEP", "BLOCKS", "SCENARIOS")
NAMED = ", ".join(SECTIONS)
OTHERS = "GAMMA, BETA, LOGNORM, SUB and LINTR"


def parse_stoch(
    cards: list[Card], log: Log, core: Core, periods: Periods
) -> tuple[list[Draft], Places]:
    """Return what the stoch file makes random.

    Parameters
    ----------
    cards : list of Card
        Its lines.
    log : Log
        Takes what is wrong.
    core, periods : Core and Periods
        What the lines speak of.

    Returns
    -------
    list of Draft
        Groups that are independent of each other.
    Places
        Labels and core values of the random numbers.
    """
    reader = _Reader(core, periods, log)
    for card in cards:
        reader.take(card)
    return reader.finish(), reader.places


class _Reader:
    def __init__(self, core: Core, periods: Periods, log: Log) -> None:
        self.log, self.periods = log, periods
        self.places = Places(core, periods, log)
        self._rows = frozenset(core.order)
        self.groups: dict[tuple[str, object], Draft] = {}
        self._owner: dict[Place, Draft] = {}
        self._section, self._mode, self._family = "", "REPLACE", "DISCRETE"
        self._sections: dict[str, Card] = {}
        self._draft: Draft | None = None
        self._scenarios: dict[str, int] = {}

    def take(self, card: Card) -> None:
        if card.head:
            self._begin(card)
        elif self._section == "INDEP":
            self._independent(card)
        elif self._section and card.words[0].upper() == ("BL", "SC")[self._section == "SCENARIOS"]:
            self._outcome(card)
        elif self._section:
            self._values(card)
        elif not self.log.errors:
            self.log.error(card, "this line stands in no section", f"begin one of {NAMED}")

    def _begin(self, card: Card) -> None:
        section, self._draft = card.words[0].upper(), None
        self._section, self._mode, self._family = "", "REPLACE", "DISCRETE"
        if section == "STOCH" or (section == "NAME" and not self._sections):
            return
        if section not in SECTIONS:
            self.log.error(card, f"there is no section {section}", f"use {NAMED}")
            return
        for word in card.words[1:]:
            if word.upper() in MODES:
                self._mode = word.upper()
            elif word.upper() == "DISCRETE" or (section == "INDEP" and word.upper() in FAMILIES):
                self._family = word.upper()
            else:
                self.log.error(
                    card,
                    f"{word!r} is not read in {section}; nor are {OTHERS}",
                    "write a discrete distribution with DISCRETE and REPLACE, ADD or MULTIPLY",
                )
                return
        self._section = section
        self._sections.setdefault(section, card)

    def _independent(self, card: Card) -> None:
        """Take one value, or one distribution, of one number that is independent of all others."""
        words, bound = self._bound(card)
        known = self.places.column_at if bound else self._rows
        lead = lead_of(words, known)
        if not lead:
            self.log.error(
                card,
                "a column, a row, a value, a period and a probability are wanted",
                "write these; the period may be left out",
            )
            return
        place = self._place(card, words[:lead], bound)
        first, second = finite(card, words[lead], self.log), finite(card, words[-1], self.log)
        word = words[lead + 1] if len(words) == lead + 3 else None
        when = None if word is None else self._period(card, word)
        if place is None or first is None or second is None or (word is not None and when is None):
            return
        if refuse_hollow(self.places, card, place, self._mode):
            return
        draft = self._joined(card, place, when)
        if draft is None:
            return
        if self._family != "DISCRETE":
            self._distribution(card, draft, first, second)
            return
        if draft.family:
            self.log.error(card, "this number has a distribution already", "describe it once")
        elif self._likely(card, second):
            value = combined(self.places.value(place), first, self._mode)
            draft.outcomes.append(Realisation(second, {place: value}))

    def _joined(self, card: Card, place: Place, when: int | None) -> Draft | None:
        draft = self.groups.get(("INDEP", place))
        if draft is None:
            draft = Draft(self.places.label(place), card, when, mode=self._mode)
            if not self._own(card, draft, place):
                return None
            self.groups["INDEP", place] = draft
        elif draft.known != when or draft.mode != self._mode:
            self.log.error(
                card,
                f"this number has another period or mode in line {draft.card.number}",
                "use the same in all its lines",
            )
        return draft

    def _distribution(self, card: Card, draft: Draft, first: float, second: float) -> None:
        if draft.family or draft.outcomes:
            self.log.error(card, "this number has a distribution already", "describe it once")
        elif self._family == "UNIFORM" and not first < second:
            self.log.error(card, "the lower end is not below the upper end", "swap them")
        elif self._family == "NORMAL" and not second > 0.0:
            self.log.error(card, "the variance is not above 0", "give a positive variance")
        draft.family, draft.parameters = self._family, (first, second)

    def _outcome(self, card: Card) -> None:
        """Begin an outcome of a block, or a scenario."""
        words, scenario = card.words, self._section == "SCENARIOS"
        least = 4 if scenario else 3
        self._draft = None
        if len(words) not in (least, least + 1):
            form = "SC, name, parent, probability, period" if scenario else "BL, name, period, p"
            self.log.error(card, "an outcome is not complete", f"write {form}")
            return
        with_period = len(words) > least
        at = 3 if scenario or with_period else 2
        chance = finite(card, words[at], self.log)
        word = (words[4] if scenario else words[2]) if with_period else None
        when = None if word is None else self._period(card, word, first=scenario)
        parent = self._parent(card, words) if scenario else 0
        name = "scenarios" if scenario else words[1]
        if chance is None or parent is None or not self._likely(card, chance):
            chance = 0.0  # so that its lines are still read
        draft = self.groups.setdefault(
            (self._section, name), Draft(name, card, when, mode=self._mode)
        )
        if scenario:
            draft.known = max((k for k in (draft.known, when) if k is not None), default=None)
        elif (draft.known != when and (when is not None or word is None)) or (
            draft.mode != self._mode
        ):
            self.log.error(
                card,
                f"block {name!r} has another period or mode in line {draft.card.number}",
                "use the same in all its outcomes",
            )
        # What an outcome of a block does not mention is as in the first one.
        inherits = parent if scenario else (0 if draft.outcomes else -1)
        draft.outcomes.append(Realisation(chance, {}, -1 if inherits is None else inherits))
        self._draft = draft

    def _parent(self, card: Card, words: tuple[str, ...]) -> int | None:
        name, parent = words[1], words[2].strip("'\"")
        found: int | None = -1
        if parent in self._scenarios:
            found = self._scenarios[parent]
        elif parent.upper() != "ROOT":
            self.log.error(card, f"there is no scenario {parent!r} above", "name one, or ROOT")
            found = None
        if name in self._scenarios:
            self.log.error(card, f"there is a scenario {name!r} already", "name each one once")
        self._scenarios.setdefault(name, len(self._scenarios))
        return found

    def _values(self, card: Card) -> None:
        """Take values of the outcome that was begun last."""
        if self._draft is None:
            if self._section not in {s for s, _ in self.groups} and not self.log.errors:
                self.log.error(card, "these values belong to no outcome", "begin one with BL or SC")
            return
        words, bound = self._bound(card)
        name: tuple[str, ...] = ()
        if len(words) % 2:
            name, words = words[:1], words[1:]
        outcome = self._draft.outcomes[-1]
        for target, value in pairs(card, words, self.log):
            place = self._place(card, (*name, target), bound)
            if place is None or refuse_hollow(self.places, card, place, self._mode):
                continue
            if place in outcome.values:
                self.log.error(card, "this outcome has a value here already", "give it once")
            elif self._own(card, self._draft, place):
                outcome.values[place] = combined(self.places.value(place), value, self._mode)

    def _bound(self, card: Card) -> tuple[tuple[str, ...], bool]:
        """Return the words after a type of bound, and whether there is one."""
        kind = card.words[0].upper()
        bound = kind in (*BOUNDS, *PLAIN) and card.words[0] not in self.places.known
        return (card.words[1:] if bound else card.words), bound

    def _place(self, card: Card, names: tuple[str, ...], bound: bool) -> Place | None:
        if bound:
            return self.places.bound(card, card.words[0].upper(), names[-1])
        return self.places.entry(card, names[0] if len(names) == 2 else "RHS", names[-1])

    def _own(self, card: Card, draft: Draft, place: Place) -> bool:
        """Give a place to a group, unless another one has it."""
        other = self._owner.setdefault(place, draft)
        if other is not draft:
            self.log.error(
                card,
                f"{self.places.label(place)!r} is random in line {other.card.number} already",
                "let one block, or one line of INDEP, decide it",
            )
            return False
        draft.places[place] = None
        return True

    def _period(self, card: Card, word: str, *, first: bool = False) -> int | None:
        names = self.periods.names
        if word not in names:
            self.log.error(card, f"there is no period {word!r}", f"name one of {', '.join(names)}")
            return None
        found = names.index(word)
        if found == 0 and not first:
            self.log.error(
                card,
                f"what becomes known in the first period, {word!r}, is not random",
                "put it into the core, or name a later period",
            )
        return found

    def _likely(self, card: Card, chance: float) -> bool:
        if 0.0 <= chance <= 1.0:
            return True
        self.log.error(card, f"a probability of {chance:g} is not from 0 to 1", "correct it")
        return False

    def finish(self) -> list[Draft]:
        drafts = list(self.groups.values())
        if "SCENARIOS" in self._sections and len(self._sections) > 1:
            self.log.error(
                self._sections["SCENARIOS"],
                "SCENARIOS lists everything that may happen, so nothing else can be random",
                "use SCENARIOS alone, or INDEP and BLOCKS",
            )
        if not self._sections:
            self.log.error(None, "nothing is random", f"write one of the sections {NAMED}")
        elif not drafts and not self.log.errors:
            self.log.error(None, "nothing is random", "list values with their probabilities")
        fixed = {place.column for place in self._owner if place.kind == "fixed"}
        for place, draft in self._owner.items():
            if place.kind in ("lower", "upper") and place.column in fixed:
                self.log.error(draft.card, "this column has a random FX too", "give one of them")
        refuse_stages(drafts, self.places)
        return drafts
