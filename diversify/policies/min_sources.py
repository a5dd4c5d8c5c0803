"""A least number of sources."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from diversify.errors import InputError
from diversify.policies.base import Share
from diversify.policies.counted import Key
from diversify.policies.shares import ShareRow
from diversify.policies.sources import PLURAL, Sources


def _above(value: float) -> float:
    if value <= 0:
        raise ValueError("a source has a share above 0: anybody delivers 0 % of anything")
    return value


class MinSources(Sources):
    r"""At least so many groups each deliver a least share of a material at a stage.

    .. math:: x_g \ge share \cdot V - share\, \overline V (1 - used_g), \quad
        \textstyle\sum_g used_g \ge count, \quad used_g \in \{0, 1\}

    with :math:`\overline V` what quotas, capacities and recipes let through at most.

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

    def link(self, part: Any, whole: Any, used: Any, most: float, most_whole: float) -> Any:
        """Return that a source delivers its share."""
        from diversify.formulation.linking import ROOM

        return part >= self.share * whole - self.share * ROOM * most_whole * (1 - used)

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
