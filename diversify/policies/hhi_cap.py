"""A cap on concentration: the sum of squared shares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from diversify.errors import Finding, InputError
from diversify.policies.base import OPEN
from diversify.policies.counted import Entry, Key, Traced
from diversify.policies.groups import By, Times, blocs_apart, members, sites_by, times
from diversify.policies.shares import ShareRow, index_measured, parts, whole

if TYPE_CHECKING:
    from diversify.formulation import Build, Network
    from diversify.interfaces import PlanView


class HhiCap(Traced):
    r"""The index of concentration of a material at a stage is at most a limit.

    .. math:: \textstyle\sum_g w_g \Bigl(\frac{x_{g}}{V}\Bigr)^2 \le limit \iff
        \lVert \operatorname{diag}(\sqrt w)\, x \rVert_2 \le \sqrt{limit}\; V \iff
        \sum_g u_g \sqrt{w_g}\, x_g \le \sqrt{limit}\; V \quad \forall\, \lVert u \rVert_2 = 1

    Parameters
    ----------
    by : {"site", "owner", "country", "bloc"}
        Whose shares are squared.
    limit : float
        Largest index: from 0 to 1, 1 for a single supplier; with weights from 0 to 10.
    weights : {"governance"}, optional
        Weight each country by its governance, from 0 (best) to 10, as the indicator of supply
        risk does (:func:`diversify.data.governance_weights`). Omitted: every weight is 1.
    names : list of str
        Only for blocs: which; every other country then stands for itself.
    stage, material, buyer, period, look_through
        As in :class:`~diversify.policies.share_cap.ShareCap`. What was mined nowhere, since it is
        recycled, is part of the whole and of no group.

    Notes
    -----
    Hirschman (1945), Herfindahl (1950). The solver adds rows :math:`u` until the index is kept.

    Examples
    --------
    >>> HhiCap(by="country", limit=0.3, stage="refine").sentence()
    'The concentration by country of any material at the refine stage is at most 0.3 in any period.'
    """

    kind: Literal["hhi_cap"] = "hhi_cap"
    by: By
    limit: float = Field(default=OPEN, gt=0, le=10_000, allow_inf_nan=False)
    weights: Literal["governance"] | None = None

    unit = "USD per unit of the index"

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        most = 1 if self.weights is None else 10
        if self.limit > most:
            points = f"; did you mean {self.limit / 10_000:g}?" if self.weights is None else ""
            raise ValueError(f"limit: an index runs from 0 to {most}, and so does its cap{points}")
        if self.names and self.by != "bloc":
            raise ValueError("names: only an index by bloc takes names; it counts every supplier")
        if self.weights and self.by not in ("country", "site"):
            raise ValueError("weights: governance weighs countries; use by = country or site")
        return self

    def default_name(self) -> str:
        """Return a name such as ``hhi_cap country refine``."""
        return super().default_name() + (" governance" if self.weights else "")

    @property
    def level_value(self) -> float:
        """Return the limit."""
        return self.limit

    def with_level(self, value: float) -> Self:
        """Return the cap at another limit."""
        return self.model_copy(update={"limit": value})

    def symbol_value(self, level: float) -> float:
        """Return the radius of the cone at a level."""
        return math.sqrt(level)

    def level_at(self, symbol: float) -> float:
        """Return the limit at a radius of the cone."""
        return symbol**2

    def sentence(self) -> str:
        """Return the cap as one sentence."""
        how = "governance-weighted concentration" if self.weights else "concentration"
        who = f"bloc ({', '.join(self.names)})" if self.names else self.by
        what = self.material or "any material"
        where = f"at the {self.stage} stage" if self.stage else "at any stage"
        to = f" to {self.buyer}" if self.buyer else ""
        return f"The {how} by {who} of {what} {where}{to} is at most {self.limit:g} {self._when()}."

    def constrain(self, build: Build) -> None:
        """Add the volume of each group as a variable, a cone, and its first tangents."""
        groups = self.indexed(self.share_rows(build.network))
        if not groups:
            self.empty(build, "it counts no booked volume of this case")
            return
        self._refuse_impossible(build.network, groups)
        level = build.level(self.name, self.symbol_value(self.limit), 0.5 / math.sqrt(self.limit))
        part = parts(build, self.name, [row for rows in groups.values() for row in rows])
        cells = {(*key, row.group): row for key, rows in groups.items() for row in rows}
        volume = build.add_variable("plan", self.name, list(cells), " part", bounds=(0, None))
        build.add_balances(
            self.name, list(cells), lambda *i: volume[i] == part(cells[i]), " part sum"
        )
        total = self._totals(build, groups)
        directions: dict[tuple[str, ...], Mapping[str, float]] = {}
        for key, rows in groups.items():
            weights = self._weights(build.network, rows)
            directions |= {(*key, d): u for d, u in _first_tangents(weights).items()}
            build.add_cone(
                self.name,
                key,
                [volume[(*key, row.group)] for row in rows],
                [weights[row.group] for row in rows],
                total[key],
            )

        def tangent(*index: str) -> Any:
            *key, _ = index
            slope = directions[index]
            left = sum(u * volume[(*key, g)] for g, u in slope.items())
            return left <= level * total[tuple(key)]  # type: ignore[index]

        build.add_rows("plan", self.name, list(directions), tangent)

    def measure(self, view: PlanView) -> dict[str, float]:
        """Return the exact index of each material, stage and period."""
        groups = self.indexed(self.share_rows(view.network))
        weighed = [(rows, self._weights(view.network, rows)) for rows in groups.values()]
        return index_measured(view, weighed)

    def _entries(self, network: Network) -> list[Entry]:
        if self.by != "bloc":
            groups = members(network, self.by)
            self.known("names", self.names, groups)
            return [Entry(name, {name: frozenset(lanes)}) for name, lanes in groups.items()]
        country = network.lanes["country"]
        return [
            Entry(name, {name: frozenset(country.index[country.isin(frozenset().union(*at))])})
            for name, at in self._blocs(network).items()
        ]

    def _groups(self, network: Network) -> dict[str, list[str]]:
        if self.by != "bloc":
            return super()._groups(network)
        countries = sites_by(network, "country")
        return {
            name: [site for c in sorted(frozenset().union(*at)) for site in countries.get(c, [])]
            for name, at in self._blocs(network).items()
        }

    def _times(self, network: Network) -> Times:
        return times(network, self._blocs(network)) if self.by == "bloc" else {}

    def _blocs(self, network: Network) -> dict[str, tuple[frozenset[str], ...]]:
        """Return the blocs, and each other country on its own, after refusing overlaps."""
        known = network.blocs
        self.known("names", self.names, known)
        groups, twice = blocs_apart(network, self.names)
        findings = [
            self.finding("names", c, f"{c} is in {a} and in {b}", "name blocs that do not overlap")
            for c, a, b in twice
        ]
        if not self.names:
            remedy = f"one or more of {sorted(known)}"
            findings = [self.finding("names", None, "an index by bloc needs names", remedy)]
        if findings:
            raise InputError(findings)
        return groups

    def _totals(self, build: Build, groups: Mapping[Key, Sequence[ShareRow]]) -> dict[Key, Any]:
        """Return the whole of each index as a variable, which the cone needs."""
        given = {key: whole(build, rows[0]) for key, rows in groups.items()}
        summed = [key for key, rows in groups.items() if len(rows[0].periods) > 1 or self.buyer]
        total = build.add_variable("plan", self.name, summed, " whole", bounds=(0, None))
        build.add_balances(self.name, summed, lambda *i: total[i] == given[i], " whole sum")
        volume = build.model.plan.volume
        return {
            key: total[key]
            if key in summed
            else volume[rows[0].stage, rows[0].material, rows[0].periods[0]]
            for key, rows in groups.items()
        }

    def _weights(self, network: Network, rows: Sequence[ShareRow]) -> dict[str, float]:
        if self.weights is None:
            return {row.group: 1.0 for row in rows}
        from diversify.data import governance_weights

        known = governance_weights()
        country = {row.group: row.group for row in rows}
        if self.by == "site":
            country = {site: str(network.site(site, "country")) for site in country}
        missing = sorted({place for place in country.values() if place not in known})
        if missing:
            raise InputError(
                [
                    self.finding(
                        "weights",
                        place,
                        f"the table of governance has no estimate for {place}",
                        "leave weights out, or name a stage and a material without this country",
                    )
                    for place in missing
                ]
            )
        return {group: known[place] for group, place in country.items()}

    def _refuse_impossible(
        self, network: Network, groups: Mapping[Key, Sequence[ShareRow]]
    ) -> None:
        """Refuse a limit below what the groups reach if they share in the best way."""
        findings: list[Finding] = []
        for (material, stage, period), rows in groups.items():
            weights = self._weights(network, rows)
            if rows[0].lots is not None and rows[0].lots.uncounted(rows[0].every):
                continue
            least = least_index(weights.values())
            if self.limit < least * (1 - 1e-9):
                findings.append(
                    self.finding(
                        "limit",
                        f"{self.limit:g}",
                        f"{len(rows)} suppliers of {material} at the {stage} stage in {period} "
                        f"cannot have an index below {least:.6g}",
                        f"give {least:.6g} or more, or name the stage and the material",
                    )
                )
        if findings:
            raise InputError(findings)


def least_index(weights: Any) -> float:
    r"""Return the smallest index that suppliers can reach together.

    .. math:: \min_{\sum_g s_g = 1} \textstyle\sum_g w_g s_g^2 = \Bigl(\sum_g 1 / w_g\Bigr)^{-1}

    Parameters
    ----------
    weights : iterable of float
        Weight of each supplier, 0 or more.

    Returns
    -------
    float
        0 if any weight is.

    Examples
    --------
    >>> least_index([1, 1, 1, 1])
    0.25
    """
    given = list(weights)
    return 0.0 if min(given) <= 0 else 1.0 / math.fsum(1.0 / w for w in given)


# Up to so many suppliers, each pair has a first tangent: there are n (n - 1) / 2 of them.
PAIRED = 5


def _first_tangents(weights: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Return first tangents: each supplier alone, pairs of a few, and where the index is least."""
    from itertools import combinations

    # A supplier without weight counts for nothing: its tangent would say that 0 <= whole.
    size = {g: math.sqrt(w) for g, w in weights.items() if w > 0}
    found = {g: {g: w} for g, w in size.items()}
    if 2 < len(size) <= PAIRED:
        for a, b in combinations(size, 2):
            found[f"{a} + {b}"] = {g: math.sqrt(0.5) * size[g] for g in (a, b)}
    if len(size) > 1:
        length = math.sqrt(math.fsum(1 / w for w in weights.values() if w > 0))
        found["all"] = dict.fromkeys(size, 1 / length)
    return found
