"""A least number of sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from diversify.errors import InputError
from diversify.policies.base import Share
from diversify.policies.counted import Key
from diversify.policies.shares import ShareRow, whole
from diversify.policies.sources import PLURAL, Linked, Sources

if TYPE_CHECKING:
    from diversify.formulation import Build

# What of the volume, counted once for each source, is asked for in all: it follows from the rest,
# and a row that holds exactly would share the multipliers of what it follows from.
LESS = 63 / 64


def _above(value: float) -> float:
    if value <= 0:
        raise ValueError("a source has a share above 0: anybody delivers 0 % of anything")
    return value


class MinSources(Sources):
    r"""At least so many groups each deliver a least share of a material at a stage.

    .. math:: x_g \ge share \cdot w_g, \quad 0 \le w_g \le \min(V, \overline V used_g), \quad
        V - w_g \le \overline V (1 - used_g), \quad
        \textstyle\sum_g used_g \ge count, \quad used_g \in \{0, 1\}

    with :math:`w_g = V used_g` and :math:`\overline V` what quotas, capacities and recipes let
    through at most. It follows that :math:`\sum_g w_g \ge count \cdot V`, which with the first two
    is the convex hull of all choices; a row asks for a little less of it, so that it never carries
    a price of its own.

    Parameters
    ----------
    by : {"site", "owner", "country", "bloc"}
        What is counted.
    count : float
        Least number of sources.
    share : float
        Share that makes a group a source, a fraction above 0.
    names : list of str, optional
        Count only these; needed for blocs.
    stage, material, buyer, period
        As in :class:`~diversify.policies.share_cap.ShareCap`.

    Examples
    --------
    >>> MinSources(by="country", count=3, share=0.1, stage="refine").sentence()
    'At least 3 countries each deliver 10 % or more of any material at the refine stage in any
    period.'
    """

    kind: Literal["min_sources"] = "min_sources"
    share: Annotated[Share, Field(), AfterValidator(_above)] = 0.05

    upper = False

    @property
    def least_share(self) -> float:
        """Return the share that makes a group a source."""
        return self.share

    def sentence(self) -> str:
        """Return the number as one sentence."""
        what = self.material or "any material"
        where = f" at the {self.stage} stage" if self.stage else " at any stage"
        to = f" to {self.buyer}" if self.buyer else ""
        verb = "each deliver" if self.count != 1 else "delivers"
        return (
            f"At least {self._counted()} {verb} {100 * self.share:g} % or more of "
            f"{what}{where}{to} {self._when()}."
        )

    def link(self, build: Build, linked: Linked) -> None:
        """Let a group with a yes deliver its share.

        Without the volume that counts for a source, a yes in part would ask for almost nothing,
        and choosing would take minutes.
        """
        from diversify.formulation.linking import ROOM

        found, used, name = linked.found, linked.used, self.name
        counted = build.add_variable("plan", name, list(found), " counted", bounds=(0.0, None))

        def most(index: Any) -> float:
            return ROOM * linked.limits[found[index]][1]

        def most_as_source(index: Any) -> float:
            own, together = linked.limits[found[index]]
            return ROOM * min(own / self.share, together)

        def enough(*key: str) -> object:
            rows = linked.groups[key]  # type: ignore[index]
            total = sum(counted[(*key, row.group)] for row in rows)
            return total >= LESS * linked.level * whole(build, rows[0])

        rules: dict[str, Callable[..., object]] = {
            " volume": lambda *i: counted[i] <= whole(build, found[i]),
            " if not": lambda *i: counted[i] <= most_as_source(i) * used[i],
            " if used": lambda *i: whole(build, found[i]) - counted[i] <= most(i) * (1 - used[i]),
            " share": lambda *i: linked.part(found[i]) >= self.share * counted[i],
        }
        for tag, rule in rules.items():
            build.add_rows("plan", name, list(found), rule, tag)
        build.add_rows("plan", name, list(linked.groups), enough, " in all")

    def _refuse_impossible(self, groups: dict[Key, list[ShareRow]]) -> None:
        findings = []
        if self.count * self.share > 1 + 1e-9:
            findings.append(
                self.finding(
                    "share",
                    f"{self.share:g}",
                    f"{self.count:g} sources of {self.share:g} each are "
                    f"{self.count * self.share:g} in all, more than 1",
                    f"give a share of {1 / self.count:.6g} or less, or a smaller count",
                )
            )
        for (material, stage, period), rows in groups.items():
            if self.count > len(rows):
                known = ", ".join(row.group for row in rows)
                findings.append(
                    self.finding(
                        "count",
                        f"{self.count:g}",
                        f"{material} at the {stage} stage in {period} has {len(rows)} "
                        f"{PLURAL[self.by] if len(rows) != 1 else self.by} ({known})",
                        f"give {len(rows)} or less, or name the stage and the material",
                    )
                )
        if findings:
            raise InputError(findings)
