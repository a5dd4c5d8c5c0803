"""How much to hold against several sources, one of which may stop at a time, nobody knows how long.

Decisions depend on which source is out and for how long it has been: one node for each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from diversify.errors import Finding, InputError, SolverError
from diversify.solver.certificate import certify
from diversify.solver.highs import run
from diversify.solver.problem import Problem

Vector = NDArray[np.float64]
# Chance below which an outage's greatest ages are one node, and how many nodes a source has.
RARE = 1e-10
MOST_AGES = 400


@dataclass(frozen=True, slots=True)
class Source:
    """A source that is up, or down by a Markov chain.

    Attributes
    ----------
    name : str
        Which one.
    capacity : float
        Most that it delivers in a period [t].
    cost : float
        Of a tonne [USD/t].
    fail, recover : float
        Chance that it stops, and that it comes back, in a period; a source with ``fail`` 0 never
        stops.
    severity : float
        Part of its capacity that is lost while it is down.
    """

    name: str
    capacity: float
    cost: float = 0.0
    fail: float = 0.0
    recover: float = 1.0
    severity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class FannedStock:
    """The best stock against several sources, with decisions that no foresight is needed for.

    Attributes
    ----------
    tonnes : float
        In store at the end of a period in which every source is up [t].
    cost : float
        Expected cost of a period: purchases, holding and shortage [USD].
    ages : pandas.DataFrame
        What is done while a source is out: columns source, age (periods, the present one included),
        probability, bought, drawn, short [t a period]; the last age of a source takes all beyond.
    """

    tonnes: float
    cost: float
    ages: pd.DataFrame


def size_stock_among(
    sources: Sequence[Source],
    *,
    demand: float,
    holding: float,
    penalty: float,
    backlog: bool = False,
) -> FannedStock:
    r"""Return the best stock against several sources, of which at most one is down at a time.

    With :math:`\pi_0` the chance that all are up and :math:`\pi_{i,n}` that source :math:`i` has
    been down for :math:`n` periods,

    .. math:: \pi_0 = \Bigl(1 + \textstyle\sum_i \alpha_i / \beta_i\Bigr)^{-1}, \quad
        \pi_{i,n} = \pi_0\, \alpha_i (1 - \beta_i)^{n-1},

    the stock, and what is bought, drawn and short in each node, minimise the long-run mean of

    .. math:: \textstyle\sum_j c_j x_j + h\, s + p\, u, \quad
        \textstyle\sum_j x_j + s_{n-1} - s_n + u_n - u'_{n-1} = d,

    where :math:`u' = u` with backlog and 0 where what is short is lost. When supply is back, the
    stock is filled and what is owed is delivered at once, at the cost of the cheapest source. Nodes
    of one age are one decision, whatever comes after: that is all that can be known. One source
    gives the closed form of :func:`diversify.size_stock`, less the demand of the present period.

    Parameters
    ----------
    sources : sequence of Source
        At least one, under different names.
    demand : float
        In each period [t].
    holding : float
        Per tonne in store at the end of a period [USD/t].
    penalty : float
        Per tonne short in a period, with backlog per tonne owed at its end [USD/t].
    backlog : bool
        Whether what is short is delivered later; lost by default.

    Returns
    -------
    FannedStock
        Exact, but for what is done at ages that an outage reaches once in ten thousand million
        periods, or beyond 400 periods.

    Raises
    ------
    InputError
        If a number means nothing.

    Examples
    --------
    >>> one = Source("A", capacity=2000, fail=0.04, recover=0.25)
    >>> found = size_stock_among([one], demand=2000, holding=0.25, penalty=3, backlog=True)
    >>> round(found.tonnes, 6), round(found.cost, 3)
    (6000.0, 2737.069)
    >>> half = Source("B", capacity=1000, cost=1.0)
    >>> found = size_stock_among([one, half], demand=2000, holding=0.25, penalty=3, backlog=True)
    >>> round(found.tonnes, 6)
    3000.0
    """
    _refuse(sources, demand, holding, penalty, backlog=backlog)
    fan = _Fan(sources, demand, holding, penalty, backlog=backlog)
    answer = run(fan.problem(), solver="simplex")
    if answer.point is None or answer.multipliers is None:
        raise SolverError(f"the problem of the stock ended {answer.status}")
    proof, _ = certify(fan.problem(), answer.point, answer.multipliers)
    if not proof.ok:
        raise SolverError("the best stock does not pass its certificate")
    value = float(fan.problem().cost @ answer.point)
    return FannedStock(max(0.0, float(answer.point[0])), value, fan.table(answer.point))


class _Fan:
    """The linear problem over nodes: columns of a node are purchases, what is left, what is short.

    The first column is the stock. The last node of a source lumps all greater ages: nothing is
    drawn there, and what is owed grows by the same amount in each period.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        demand: float,
        holding: float,
        penalty: float,
        *,
        backlog: bool,
    ) -> None:
        self.sources, self.demand, self.backlog = sources, demand, backlog
        self.count = len(sources)
        self.refill = min(source.cost for source in sources)
        never = 1.0 / (1.0 + sum(s.fail / s.recover for s in sources))
        # Source, age, probability and whether all greater ages are meant; the first is all up.
        self.nodes: list[tuple[int, int, float, bool]] = [(-1, 0, never, False)]
        for i, source in enumerate(sources):
            if source.fail == 0.0:
                continue
            ages = _ages(source.recover)
            stay = 1.0 - source.recover
            begun = never * source.fail
            self.nodes += [(i, n, begun * stay ** (n - 1), False) for n in range(1, ages + 1)]
            if stay > 0.0:
                self.nodes.append((i, ages + 1, begun * stay**ages / source.recover, True))
        self._width = self.count + 2
        self._cost = self._costs(holding, penalty)

    def _at(self, node: int) -> int:
        return 1 + node * self._width

    def _costs(self, holding: float, penalty: float) -> Vector:
        found = np.zeros(1 + len(self.nodes) * self._width)
        prices = [source.cost for source in self.sources]
        for k, (i, _, chance, beyond) in enumerate(self.nodes):
            at, left, short = self._at(k), self._at(k) + self.count, self._at(k) + self.count + 1
            found[at : at + self.count] = chance * np.array(prices)
            found[left] += chance * holding
            found[short] += chance * penalty
            if i < 0:
                continue
            back = chance * self.sources[i].recover * self.refill
            found[0] += back
            found[left] -= back
            if self.backlog:
                found[short] += back
            if self.backlog and beyond:
                # What is owed at the last age that counts by itself, and a geometric number of
                # periods more; that part of the cost falls on the last age.
                more = found[short]
                found[short] = more / self.sources[i].recover
                found[self._at(k - 1) + self.count + 1] += more
        return found

    def problem(self) -> Problem:
        """Return rows of demand, of what nothing is drawn of, and bounds by what is up."""
        rows: list[dict[int, float]] = []
        high = []
        upper = np.full(len(self._cost), np.inf)
        for k, (i, _, _, beyond) in enumerate(self.nodes):
            at, left, short = self._at(k), self._at(k) + self.count, self._at(k) + self.count + 1
            for j, source in enumerate(self.sources):
                upper[at + j] = source.capacity * (1.0 - source.severity if j == i else 1.0)
            # Before the first age comes the node in which all are up, whose stock is full.
            first = i >= 0 and self.nodes[k][1] == 1
            before = 0 if first else self._at(k - 1) + self.count
            row = {at + j: 1.0 for j in range(self.count)} | {short: 1.0}
            if i < 0:
                rows.append({left: 1.0, 0: -1.0})
                high.append(0.0)
                if self.backlog:
                    upper[short] = 0.0
            elif beyond:
                rows.append({left: 1.0, before: -1.0})
                high.append(0.0)
            else:
                row |= {before: 1.0, left: -1.0}
                if self.backlog and not first:
                    row[self._at(k - 1) + self.count + 1] = -1.0
                # No more is put into store than the stock.
                rows.append({0: 1.0, left: -1.0})
                high.append(np.inf)
            rows.append(row)
            high.append(self.demand)
        low = np.where(np.isinf(high), 0.0, high)
        start = np.r_[0, np.cumsum([len(row) for row in rows])]
        matrix = sp.csr_array(
            (
                np.array([x for row in rows for x in row.values()]),
                np.array([c for row in rows for c in row]),
                start,
            ),
            shape=(len(rows), len(self._cost)),
        )
        zero = np.zeros(len(self._cost))
        whole = np.zeros(len(self._cost), dtype=np.bool_)
        return Problem(matrix, self._cost, zero, upper, low, np.array(high), whole)

    def table(self, point: Vector) -> pd.DataFrame:
        """Return what is done in each node while a source is out."""
        found = []
        owed = 0.0
        for k, (i, age, chance, beyond) in enumerate(self.nodes):
            at, left, short = self._at(k), self._at(k) + self.count, self._at(k) + self.count + 1
            owed = 0.0 if age <= 1 or beyond or not self.backlog else owed
            bought = float(point[at : at + self.count].sum())
            before = float(point[0] if age <= 1 else point[self._at(k - 1) + self.count])
            if i >= 0:
                found.append(
                    {
                        "source": self.sources[i].name,
                        "age": age,
                        "probability": chance,
                        "bought": bought,
                        "drawn": 0.0 if beyond else before - float(point[left]),
                        "short": float(point[short]) - owed,
                    }
                )
            owed = float(point[short])
        columns = ["source", "age", "probability", "bought", "drawn", "short"]
        return pd.DataFrame(found, columns=columns)


def _ages(recover: float) -> int:
    """Return how many ages of an outage count by themselves."""
    if recover >= 1.0:
        return 1
    return min(MOST_AGES, max(1, math.ceil(math.log(RARE) / math.log1p(-recover))))


def _refuse(
    sources: Sequence[Source], demand: float, holding: float, penalty: float, *, backlog: bool
) -> None:
    bad: list[tuple[str, str, str]] = [
        (name, str(value), "a finite number above 0 is needed")
        for name, value in (("demand", demand), ("holding", holding), ("penalty", penalty))
        if not (math.isfinite(value) and value > 0)
    ]
    names = [source.name for source in sources]
    if not sources or len(set(names)) < len(names):
        bad.append(("sources", str(names), "one source or more, under different names, are needed"))
    for source in sources:
        checks = [
            ("capacity", source.capacity, 0 <= source.capacity < math.inf, "0 or more"),
            ("cost", source.cost, 0 <= source.cost < math.inf, "0 or more"),
            ("fail", source.fail, 0 <= source.fail <= 1, "a chance"),
            ("recover", source.recover, 0 < source.recover <= 1, "a chance above 0"),
            ("severity", source.severity, 0 <= source.severity <= 1, "a part"),
        ]
        bad += [
            (f"{source.name}.{name}", str(value), f"{what} is needed")
            for name, value, good, what in checks
            if not good
        ]
    if sum(source.fail for source in sources) > 1:
        bad.append(("fail", "", "one source stops at a time, so their chances add up to 1 at most"))
    if backlog and sum(source.capacity for source in sources) < demand:
        bad.append(("capacity", "", "what is owed would grow for ever: all together deliver less"))
    if bad:
        raise InputError(
            [
                Finding.error(
                    table="size_stock_among",
                    column=column,
                    value=value or None,
                    message=message,
                    remedy="correct it",
                )
                for column, value, message in bad
            ]
        )
