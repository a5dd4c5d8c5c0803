"""Rows and bounds of a problem in the words of the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diversify.compile import Blocks
from diversify.compile.blocks import split_label
from diversify.formulation import Network
from diversify.policies import Policy
from diversify.solver.extensive import Extensive

Index = NDArray[np.int64]

# So many data rows of one kind share a line.
MANY = 4
# So many of them are named.
SHOWN = 6
# What a user can change; balances are not among it.
FAMILIES = {
    "capacity": "capacity of {0}",
    "meet": "demand of {0} for {1}",
    "cover": "demand of {1} for {2}",
    "offtake": "minimum offtake of {0}",
    "short_most": "demand of {0} for {1}",
    "deliver_most": "availability of {0}",
    "deliver_least": "take-or-pay of {0}",
    "opening": "initial stock of {0} of {1}",
    "trade": "trade measure {0}",
    "expand_most": "largest expansion {1!r} of {0}",
    "replaced_share": "largest share of {1} that {2!r} replaces for {0}",
    "recovered_now": "recovery of {0} from {1} today",
    "recovered_most": "largest recovery of {0} from {1}",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One limit of a conflict.

    Attributes
    ----------
    policy : str or None
        Name of the policy, None for a row of the data.
    row : str
        The row in words.
    change : float or None
        Change of the level that would do alone, in the unit of the level; None where no change
        of this alone would do, or where it is a row of the data.
    unit : str
        Of the level.
    rows : frozenset of int
        Rows of the problem that it stands for.
    tightest : float or None
        The tightest level that some plan keeps, all else as it is; None where that is not known.
    """

    policy: str | None
    row: str
    change: float | None = None
    unit: str = ""
    rows: frozenset[int] = frozenset()
    tightest: float | None = None

    def with_change(self, change: float | None) -> Item:
        """Return the item with the change that would do alone."""
        return replace(self, change=change)

    def sentence(self) -> str:
        """Return the item as text."""
        if self.policy is None:
            return self.row
        alone = f"; {self.change:+.6g} alone would do" if self.change is not None else ""
        if self.tightest is not None:
            alone += f", so the tightest level with a plan is {self.tightest:.6g}"
        return f"policy {self.policy!r} ({self.row}){alone}"


def spoken(items: Sequence[Item]) -> list[str]:
    """Return limits as text, one line each; many of one kind share a line.

    Examples
    --------
    >>> spoken([Item(None, f"quota of {lane}") for lane in "ABCD"])
    ['quota of 4: A, B, C, D']
    """
    groups: dict[tuple[str, str], list[str]] = {}
    lines: list[str | tuple[str, str]] = []
    for item in items:
        if item.policy is not None:
            lines.append(item.sentence())
            continue
        what, _, rest = item.row.partition(" of ")
        name, when, period = rest.partition(" in ")
        key = (what, when + period)
        if key not in groups:
            lines.append(key)
        groups.setdefault(key, []).append(name)
    found = []
    for line in lines:
        if isinstance(line, str):
            found.append(line)
            continue
        (what, when), names = line, groups[line]
        if len(names) < MANY:
            found += [f"{what} of {name}{when}" for name in names]
        else:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            found.append(f"{what} of {len(names)}{when}: {', '.join(names[:SHOWN])}{more}")
    return found


def items_of_rows(
    blocks: Blocks,
    extensive: Extensive,
    rows: Index,
    policies: Sequence[Policy],
    network: Network,
) -> list[Item]:
    """Return the limits that some rows stand for, each once.

    Parameters
    ----------
    blocks, extensive
        The problem.
    rows : numpy.ndarray
        Positions of rows of the problem.
    policies : sequence of Policy
        For their sentences.
    network : Network
        For the labels of periods.

    Returns
    -------
    list of Item
        Policies first, then rows of the data. Mass balances are left out: nobody can change them.
    """
    by_name = {policy.name: policy for policy in policies}
    groups: dict[tuple[bool, str], list[int]] = {}
    for i in rows.tolist():
        block_row = int(extensive.row[i])
        number = int(blocks.policy[block_row])
        if number >= 0:
            groups.setdefault((False, blocks.policies[number]), []).append(i)
            continue
        family, index = _family(blocks.rows[block_row])
        if family in FAMILIES:
            groups.setdefault((True, FAMILIES[family].format(*index)), []).append(i)
    items = []
    for (data, name), members in sorted(groups.items()):
        kept = frozenset(members)
        if data:
            when = _periods(blocks, extensive, members, network)
            items.append(Item(None, f"{name}{when}", rows=kept))
        else:
            policy = by_name[name]
            items.append(
                Item(name, _clause(policy, blocks, extensive, members), unit=policy.unit, rows=kept)
            )
    return items


def _clause(policy: Policy, blocks: Blocks, extensive: Extensive, members: list[int]) -> str:
    """Return a policy as a sentence, with the parts of it that some of its rows are."""
    labels = {blocks.rows[int(extensive.row[i])] for i in members}
    words = {w for label in labels if (w := policy.row_words(tuple(_family(label)[1])))}
    # The last words say when, and the same limit in many periods is one limit to a reader.
    parts = list(dict.fromkeys(word.rpartition(" in ")[0] or word for word in sorted(words)))
    more = f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    return policy.sentence() + (f" Here: {', '.join(parts[:SHOWN])}{more}." if parts else "")


def items_of_bounds(
    blocks: Blocks, extensive: Extensive, columns: Index, network: Network
) -> list[Item]:
    """Return the limits that some upper bounds of columns stand for: quotas and stock capacities.

    Parameters
    ----------
    blocks, extensive
        The problem.
    columns : numpy.ndarray
        Columns whose finite upper bound is part of a conflict.
    network : Network
        The network of the case.

    Returns
    -------
    list of Item
        Each limit once.
    """
    found = set()
    for column in columns.tolist():
        if column >= blocks.first or not np.isfinite(extensive.problem.upper[column]):
            continue
        family, index = _family(blocks.columns[column])
        if family == "book":
            found.add(f"quota of {index[0]}")
        elif family == "target":
            found.add(f"stock capacity of {index[0]} for {index[1]}")
        elif family == "expand":
            found.add(f"largest expansion {index[1]!r} of {index[0]}")
        elif family == "replaced":
            found.add(f"largest share of {index[1]} that {index[2]!r} replaces for {index[0]}")
        elif family == "recover":
            found.add(f"largest recovery of {index[0]} from {index[1]}")
    return [Item(None, words) for words in sorted(found)]


def _family(label: str) -> tuple[str, list[str]]:
    """Return the family of a label without its block, and the index."""
    name, index = split_label(label)
    return name.split(".", 1)[-1], index


def _periods(blocks: Blocks, extensive: Extensive, members: list[int], network: Network) -> str:
    labels = network.case.period_labels
    found = set()
    for i in members:
        _, index = _family(blocks.rows[int(extensive.row[i])])
        if index and index[-1].isdigit() and int(index[-1]) < len(labels):
            found.add(int(index[-1]))
    if not found or len(found) == len(labels):
        return ""
    names = [labels[t] for t in sorted(found)]
    return " in " + (", ".join(names) if len(names) <= 3 else f"{names[0]} to {names[-1]}")
