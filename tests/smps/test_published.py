"""Published programs, written down from their descriptions, have their published optima."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from smps_texts import written

from diversify.smps import read, solve, solving

# F. V. Louveaux and Y. Smeers (1988) as changed by J. L. Higle and S. Sen, Stochastic
# Decomposition (1996), where it is called PGP2: power stations, what lacks costs 1,000.
INVEST = (10.0, 7.0, 16.0, 6.0)
OPERATE = ((40.0, 24.0, 4.0), (45.0, 27.0, 4.5), (32.0, 19.2, 3.2), (55.0, 33.0, 5.5))
CHANCES = (0.00005, 0.00125, 0.0215, 0.2857, 0.383, 0.2857, 0.0215, 0.00125, 0.00005)
POWER = {
    1: ((0.5, 1.0, 2.5, 3.5, 5.0, 6.5, 7.5, 9.0, 9.5), CHANCES),
    2: ((0.0, 1.5, 2.5, 4.0, 5.5, 6.5, 8.0, 8.5), (0.0013, *CHANCES[2:])),
    3: ((0.0, 0.5, 1.5, 3.0, 4.5, 5.5, 7.0, 7.5), (0.0013, *CHANCES[2:])),
}
# A. R. Ferguson and G. B. Dantzig (1956): aircraft on routes before the passengers are known.
# By number of aircraft and route: cost and passengers in hundreds; loss of a passenger by route.
FLEET = {
    10: {5: (18, 16), 6: (21, 15), 7: (18, 28), 8: (16, 23), 9: (10, 81)},
    19: {6: (15, 10), 7: (16, 14), 8: (14, 15), 9: (9, 57)},
    25: {6: (10, 5), 8: (9, 7), 9: (6, 29)},
    15: {5: (17, 9), 6: (16, 11), 7: (17, 22), 8: (15, 17), 9: (10, 55)},
}
LOSS = {5: 13, 6: 13, 7: 7, 8: 7, 9: 1}
PASSENGERS = {
    5: "175 185 195 200 210:.04 220:.05 250:.35 270:.1 280 290:.05 300 305 310 312 314:.04",
    6: "40 45 50 55:.05 134 138 142 146 150 154 158:.1 160 162:.05",
    7: "138 140:.05 156:.02 158:.04 160:.1 162 164:.02 170 175 180 185:.1 188 200:.06 "
    "205 210:.04 220:.07 222:.03",
    8: "5 10:.1 30 37 50 57:.05 80 85:.15 100 110:.1 300 320 340 360 380:.02",
    9: "570:.03 580:.04 590:.03 600 602:.05 604 606:.1 610:.2 612 614 616:.1 618 620:.05",
}


def lines(rows: Iterable[str]) -> str:
    return "\n".join([*rows, "ENDATA", ""])


def power(folder: Path) -> Path:
    core = ["NAME PGP2", "ROWS", " N cost", " G least", " L budget"]
    core += [*(f" L cap{i}" for i in range(4)), *(f" G node{j}" for j in POWER), "COLUMNS"]
    for i, price in enumerate(INVEST):
        core += [f" x{i} cost {price} least 1", f" x{i} budget {price} cap{i} -1"]
    for i, prices in enumerate(OPERATE):
        for j, price in zip(POWER, prices, strict=True):
            core += [f" y{i}{j} cost {price} cap{i} 1", f" y{i}{j} node{j} 1"]
    core += [f" lack{i} cost 1000 cap{i} -1" for i in range(4)]
    core += ["RHS", " RHS least 15 budget 220"]
    time = ["TIME PGP2", "PERIODS", " x0 cost first", f" y0{1} cap0 second"]
    stoch = ["STOCH PGP2", "INDEP DISCRETE"]
    for j, (values, chances) in POWER.items():
        stoch += [f" RHS node{j} {v} {p}" for v, p in zip(values, chances, strict=True)]
    return written(folder, lines(core), lines(time), lines(stoch), "pgp2")


def aircraft(folder: Path) -> Path:
    core = ["NAME GBD", "ROWS", " N cost", *(f" L fleet{n}" for n in FLEET)]
    core += [*(f" E route{r}" for r in LOSS), "COLUMNS"]
    for count, routes in FLEET.items():
        for r, (cost, seats) in routes.items():
            core += [f" x{count}{r} cost {cost} fleet{count} 1", f" x{count}{r} route{r} {seats}"]
    for r, loss in LOSS.items():
        core += [f" empty{r} route{r} -1", f" lost{r} cost {loss} route{r} 1"]
    core += ["RHS", *(f" RHS fleet{n} {n}" for n in FLEET)]
    time = ["TIME GBD", "PERIODS", " x105 fleet10 now", " empty5 route5 later"]
    stoch = ["STOCH GBD", "INDEP DISCRETE"]
    for r, text in PASSENGERS.items():
        waiting: list[str] = []
        for word in text.split():
            value, _, chance = word.partition(":")
            waiting.append(value)
            if chance:
                stoch += [f" RHS route{r} {v} later {chance}" for v in waiting]
                waiting = []
    return written(folder, lines(core), lines(time), lines(stoch), "gbd")


def test_power_stations_have_the_published_optimum(tmp_path: Path) -> None:
    found = solve(read(power(tmp_path)))
    assert found.support == 9 * 8 * 8
    assert found.objective == pytest.approx(447.324, abs=5e-4)
    assert list(found.first_stage.values()) == pytest.approx([1.5, 5.5, 5.0, 5.5], abs=1e-6)


@pytest.mark.slow
def test_aircraft_on_routes_have_the_published_optimum(tmp_path: Path) -> None:
    # J. Linderoth, A. Shapiro and S. Wright (2006): 1655.628 over all 646,425 scenarios, which a
    # gap of 1e-4 would miss.
    found = solve(read(aircraft(tmp_path)), workers=1)
    assert found.support == found.distinct_scenarios == 646_425
    assert found.objective == pytest.approx(1655.628, abs=5e-4)
    assert found.gap <= 1e-6


def test_a_list_is_solved_closer_than_a_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float | None] = []
    true = solving.solve_batch

    def spy(*given: Any, **options: Any) -> Any:
        asked.append(options["gap"])
        return true(*given, **options)

    monkeypatch.setattr(solving, "solve_batch", spy)
    program = read(power(tmp_path))
    solve(program, values=False)
    solve(program, scenarios=20, seed=1, values=False)
    solve(program, gap=1e-3, values=False)
    # The replications of a sample are asked like the sample.
    assert asked == [solving.LISTED, *[None] * 11, 1e-3]


def test_a_sample_that_is_not_solved_to_the_end_has_no_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, limits = solving.solve_batch, []

    def stopped(*given: Any, time_limit: float | None = None, **options: Any) -> Any:
        limits.append(time_limit)
        found = true(*given, **options)
        return replace(found, status="stopped", point="feasible", certificate=None)

    monkeypatch.setattr(solving, "solve_batch", stopped)
    found = solve(read(power(tmp_path)), scenarios=20, seed=1, time_limit=60.0, values=True)
    assert (found.status, found.point, found.low, found.high) == ("stopped", "feasible", None, None)
    assert limits == [60.0]
    assert "there is no interval" in found.warnings[-1]
