"""Which policies a frontier moves: one by its name, all of a kind, or one that was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diversify.case import Case
from diversify.case.findings import did_you_mean
from diversify.errors import Finding, InputError
from diversify.policies.base import Policy
from diversify.policies.levels import at_levels
from diversify.policies.reading import named_apart, parse_policies

Given = tuple[Policy | str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """Policies that take the same level, and the levels that they take one after the other.

    Attributes
    ----------
    label : str
        Name of the policy, or the kind.
    members : tuple of int
        Positions among all policies.
    at : dict
        The policies at each level, in the order in which the levels were given.
    upper : bool
        Whether a higher level is the looser one.
    """

    label: str
    members: tuple[int, ...]
    at: dict[float, tuple[Policy, ...]]
    upper: bool

    @property
    def inward(self) -> list[float]:
        """The levels from the loosest to the tightest."""
        return sorted(self.at, reverse=self.upper)


def find_axes(
    case: Case, given: Sequence[Given], others: Sequence[Policy], case_policies: bool | None
) -> tuple[tuple[Policy, ...], list[Axis]]:
    """Return all policies of a sweep, named apart, and those that are moved.

    Parameters
    ----------
    case : Case
        With its own policies.
    given : sequence of tuple
        What is moved, with its levels: a policy; the name of one of the case's own or of the
        others; or a kind, which stands for all of that kind among these.
    others : sequence of Policy
        What holds besides.
    case_policies : bool or None
        Whether the case's own count; None: only if something is named.

    Returns
    -------
    tuple of Policy
        No two of one name.
    list of Axis
        In the order given.

    Raises
    ------
    InputError
        If there is no policy of a name or kind, one is moved twice, or a level is none.

    Examples
    --------
    >>> from diversify.case import example
    >>> _, axes = find_axes(example("first-steps"), [("share_cap", [1, 0.8])], [], None)
    >>> axes[0].label, axes[0].members, axes[0].inward
    ('share_cap', (0,), [1.0, 0.8])
    """
    objects = [what for what, _ in given if isinstance(what, Policy)]
    named = [what for what, _ in given if isinstance(what, str)]
    every = parse_policies(case.policies) if named or case_policies else ()
    own = () if case_policies is False else every
    # Those given come first, so that their names stay their own.
    kept = named_apart([*objects, *own, *others])
    pool = range(len(objects), len(kept))
    axes, place, taken = [], 0, set[int]()
    for what, levels in given:
        if isinstance(what, Policy):
            members: tuple[int, ...] = (place,)
            label, place = kept[place].name, place + 1
        else:
            label = what
            members = tuple(i for i in pool if kept[i].name == what) or tuple(
                i for i in pool if kept[i].kind == what
            )
            if not members:
                raise InputError([_unknown(what, every, own, [kept[i].name for i in pool])])
        if taken & set(members):
            raise InputError(
                [
                    Finding.error(
                        table="frontier",
                        column="policy",
                        value=label,
                        message="a policy is moved twice",
                        remedy="give each policy to one --policy only",
                    )
                ]
            )
        taken |= set(members)
        found = [at_levels(kept[i], levels) for i in members]
        at = {level: tuple(each[level] for each in found) for level in found[0]}
        axes.append(Axis(label, members, at, kept[members[0]].upper))
    return tuple(kept), axes


def _unknown(
    what: str, every: Sequence[Policy], own: Sequence[Policy], names: Sequence[str]
) -> Finding:
    """Return the finding for what is neither a name nor a kind."""
    left_out = any(what in (p.name, p.kind) for p in every) and not own
    return Finding.error(
        table="frontier",
        column="policy",
        value=what,
        message="the policies of the case are left out, and this is one of them"
        if left_out
        else "the case has no policy of this name or kind",
        remedy="do not leave them out"
        if left_out
        else f"{did_you_mean(what, names)}they are: {', '.join(names) or 'none'}",
    )
