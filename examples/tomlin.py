"""When to hold stock and when to buy from two: a map over how often and how long supply stops.

After B. Tomlin, "On the value of mitigation and contingency strategies", Management Science 52(5),
2006: stock answers short stops, a second source long ones, and rare short ones are borne.
"""

import pandas as pd
import plotly.graph_objects as go

import diversify as dv
from diversify.testing import small_case

CHEAP, DEAR, LOST, STORAGE = 100.0, 125.0, 500.0, 8.0  # USD/t
PER_YEAR = [0.02, 0.05, 0.1, 0.2, 0.4]
MONTHS = [3, 6, 12, 24, 48]
ANSWERS = ["neither", "stock", "both", "second source"]


def stopping(per_year, months, room=float("inf")):
    """Return a cheap source that may stop, a dear one that never does, and room for a stock."""
    return small_case(
        commodities=[{"commodity": "metal", "material": "metal", "price": CHEAP}],
        sites=[
            {"site": "cheap", "country": "CHN", "cost": CHEAP},
            {"site": "dear", "country": "AUS", "cost": DEAR},
        ],
        lanes=[
            {"origin": site, "destination": "Works", "commodity": "metal"}
            for site in ("cheap", "dear")
        ],
        demand=[{"buyer": "Works", "commodity": "metal", "quantity": 1.0}],
        shortages=[{"buyer": "Works", "commodity": "metal", "cost": LOST}],
        stocks=[
            {"buyer": "Works", "commodity": "metal", "capacity": room, "holding_cost": STORAGE}
        ],
        hazards=[
            {
                "hazard": "stop",
                "by": "site",
                "name": "cheap",
                "rate_per_year": per_year,
                "duration_months": months,
                "severity": 1.0,
            }
        ],
        periods=20,
        period="quarter",
        discount_rate=0.05,
    )


def answer(plan):
    """Return what a plan does about stops: part of demand held in store, part from the dear one."""
    held = plan.stocks["tonnes"].sum()
    rows = plan.portfolio
    second = rows[rows["site"] == "dear"]["tonnes"].sum() / 20
    kind = {(False, False): 0, (True, False): 1, (True, True): 2, (False, True): 3}
    return held, second, ANSWERS[kind[held > 0.05, second > 0.05]]


def mapped(per_year, months, draws=200):
    """Return a table with the answer for every frequency and duration."""
    rows = []
    for often in per_year:
        for long in months:
            plan = dv.solve(stopping(often, long), scenarios=draws, seed=1, out_of_sample=0)
            held, second, kind = answer(plan)
            rows.append(
                {
                    "stops_per_year": often,
                    "mean_months": long,
                    "stock_quarters": held,
                    "share_of_second": second,
                    "answer": kind,
                }
            )
    return pd.DataFrame(rows)


def drawn(table):
    """Return the map as a figure."""
    place = {name: i for i, name in enumerate(ANSWERS)}
    grid = table.assign(place=table["answer"].map(place)).pivot(
        index="stops_per_year", columns="mean_months", values="place"
    )
    words = table.assign(
        words=[
            f"{row.answer}<br>{row.stock_quarters:.1f} quarters<br>{row.share_of_second:.0%}"
            for row in table.itertuples()
        ]
    ).pivot(index="stops_per_year", columns="mean_months", values="words")
    figure = go.Figure(
        go.Heatmap(
            z=grid.to_numpy(),
            x=[f"{m} months" for m in grid.columns],
            y=[f"{r:g} a year" for r in grid.index],
            text=words.to_numpy(),
            texttemplate="%{text}",
            zmin=0,
            zmax=3,
            colorscale=["#f2f2f2", "#9ecae1", "#a1a4d6", "#fdae6b"],
            showscale=False,
        )
    )
    return figure.update_layout(
        title="Hold stock, or buy from two?",
        xaxis_title="mean duration of a stop",
        yaxis_title="stops",
    )


if __name__ == "__main__":
    found = mapped(PER_YEAR, MONTHS)
    found.to_csv("tomlin.csv", index=False)
    drawn(found).write_html("tomlin.html", include_plotlyjs=True)
    print(found.pivot(index="stops_per_year", columns="mean_months", values="answer").to_string())
    print("Written: tomlin.csv, tomlin.html")
