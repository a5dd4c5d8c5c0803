"""Sourcing under outages: 20 suppliers in 10 countries, 12 periods, a spot market and a stock.

The plan says how much each supplier delivers in each period and what is in stock at the start. In
each country outages begin in 1 % of the periods, last a geometric time and leave half, a quarter or
nothing. What is missing is bought on the spot market, drawn from stock, or short. The recourse is
12 rows by 276 columns; about a third of 100,000 draws are distinct.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.problems.instance import Instance, Sheet, Term, merged

Vector = NDArray[np.float64]
Codes = NDArray[np.uint8]

SUPPLIERS, COUNTRIES, PERIODS = 20, 10, 12
RATE, ENDS = 0.01, 0.4
LEFT = np.array([0.0, 0.25, 0.5, 1.0])  # what an outage may leave; the last is no outage
DEMAND, MOST_BOOKED, MOST_STOCK, SPOT = 100.0, 40.0, 400.0, 20.0
BOOKING, STOCKING = 0.9, 3.0  # paid per tonne and period booked, per tonne in stock at the start
SPOT_COST, SHORT_COST, HOLDING = 4.0, 50.0, 0.05
CHUNK = 100_000


@dataclass(frozen=True, slots=True)
class Data:
    """What the problem is made of, for those who write it in their own way.

    Attributes
    ----------
    country : numpy.ndarray
        Of each supplier, shape (N,).
    delivery : numpy.ndarray
        Cost of each delivery, shape (N, T).
    spot, short : numpy.ndarray
        Cost by period, shape (T,).
    available : numpy.ndarray
        Shape (S, C, T).
    probability : numpy.ndarray
        Shape (S,).
    """

    country: NDArray[np.int64]
    delivery: Vector
    spot: Vector
    short: Vector
    available: Vector
    probability: Vector


def make(scenarios: int, seed: int) -> Instance:
    """Return the problem with outages drawn, equal draws merged.

    Parameters
    ----------
    scenarios : int
        How many to draw.
    seed : int
        Of the draw; the costs are the same for every seed.

    Returns
    -------
    Instance
        With ``data`` for other formulations.
    """
    codes = draw(scenarios, seed)
    first, probability = merged(_packed(codes))
    available = LEFT[codes[first]]
    periods = np.arange(PERIODS, dtype=np.float64)
    rng = np.random.default_rng(1)
    price = rng.uniform(1.0, 2.0, SUPPLIERS)
    # Costs differ a little by period so that the recourse has one optimum.
    data = Data(
        country=np.arange(SUPPLIERS) % COUNTRIES,
        delivery=price[:, None] + rng.uniform(0.0, 0.01, (SUPPLIERS, PERIODS)),
        spot=SPOT_COST + 0.01 * periods,
        short=SHORT_COST + 0.01 * periods,
        available=available,
        probability=probability,
    )
    theta = available.reshape(len(first), -1)
    return Instance(_sheet(data).blocks(), theta, probability, scenarios, data=data)


def draw(scenarios: int, seed: int) -> Codes:
    """Return what is left of each country's supply, as positions in ``LEFT``.

    Parameters
    ----------
    scenarios, seed : int
        As in :func:`make`.

    Returns
    -------
    numpy.ndarray
        Shape (scenarios, C, T).
    """
    rng = np.random.default_rng(seed)
    codes = np.full((scenarios, COUNTRIES, PERIODS), len(LEFT) - 1, dtype=np.uint8)
    for begin in range(0, scenarios, CHUNK):
        part = codes[begin : begin + CHUNK]
        s, c, t = np.nonzero(rng.random(part.shape) < RATE)
        lasts = rng.geometric(ENDS, len(s))
        left = rng.integers(0, len(LEFT) - 1, len(s)).astype(np.uint8)
        for k in range(PERIODS):
            on = (lasts > k) & (t + k < PERIODS)
            np.minimum.at(part, (s[on], c[on], t[on] + k), left[on])
    return codes


def _packed(codes: Codes) -> NDArray[np.uint64]:
    """Return each draw in a few words, two bits a number."""
    flat = codes.reshape(len(codes), -1)
    words = np.zeros((len(flat), -(-flat.shape[1] // 32)), dtype=np.uint64)
    for k in range(flat.shape[1]):
        words[:, k // 32] |= flat[:, k].astype(np.uint64) << np.uint64(2 * (k % 32))
    return words


def _sheet(data: Data) -> Sheet:
    sheet = Sheet(f"available[{c},{t}]" for c in range(COUNTRIES) for t in range(PERIODS))
    book = [sheet.plan(f"book[{i}]", BOOKING * PERIODS, 0.0, MOST_BOOKED) for i in range(SUPPLIERS)]
    opening = sheet.plan("opening stock", STOCKING, 0.0, MOST_STOCK)
    flow = [
        [sheet.ops(f"flow[{i},{t}]", float(data.delivery[i, t])) for t in range(PERIODS)]
        for i in range(SUPPLIERS)
    ]
    spot = [sheet.ops(f"spot[{t}]", float(data.spot[t])) for t in range(PERIODS)]
    short = [sheet.ops(f"short[{t}]", float(data.short[t]), 0.0, DEMAND) for t in range(PERIODS)]
    stock = [sheet.ops(f"stock[{t}]", HOLDING, 0.0, MOST_STOCK) for t in range(PERIODS)]
    for i in range(SUPPLIERS):
        for t in range(PERIODS):
            symbol = int(data.country[i]) * PERIODS + t
            most = Term(book[i], 0.0, symbol, -1.0)
            sheet.row(f"most[{i},{t}]", [Term(flow[i][t], 1.0), most], -1, 0.0)
    for t in range(PERIODS):
        met = [Term(flow[i][t], 1.0) for i in range(SUPPLIERS)]
        met += [Term(spot[t], 1.0), Term(short[t], 1.0), Term(stock[t], -1.0)]
        met.append(Term(stock[t - 1] if t else opening, 1.0))
        sheet.row(f"balance[{t}]", met, 0, DEMAND)
        local = {c * PERIODS + t: SPOT / COUNTRIES for c in range(COUNTRIES)}
        sheet.row(f"spot[{t}]", [Term(spot[t], 1.0)], -1, 0.0, local)
    return sheet


def plan() -> Vector:
    """Return a plan to evaluate: uneven bookings of 110 t in all, and 100 t in stock.

    Returns
    -------
    numpy.ndarray
        Shape (N + 1,).
    """
    share = np.random.default_rng(1).dirichlet(np.ones(SUPPLIERS))
    return np.append(1.1 * DEMAND * share, DEMAND)
