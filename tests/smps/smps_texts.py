"""Small programs as texts, and the files that they make."""

from __future__ import annotations

from pathlib import Path

# Buy x now at 1 each; what demand exceeds it costs q = 3 each later.
CORE = """\
NAME tiny
ROWS
 N cost
 L store
 G demand
COLUMNS
 x cost 1 store 1
 x demand 1
 s cost 3 demand 1
RHS
 RHS store 10 demand 4
ENDATA
"""
TIME = """\
TIME tiny
PERIODS
 x store now
 s demand later
ENDATA
"""
STOCH = """\
STOCH tiny
INDEP DISCRETE
 RHS demand 2 later 0.5
 RHS demand 6 later 0.5
ENDATA
"""
# Birge and Louveaux, Introduction to Stochastic Programming, chapter 1.
FARMER_CORE = """\
NAME farmer
ROWS
 N cost
 L land
 G wheat
 G corn
 L beets
COLUMNS
 xw cost 150 land 1
 xw wheat 2.5
 xc cost 230 land 1
 xc corn 3
 xb cost 260 land 1
 xb beets -20
 bw cost 238 wheat 1
 bc cost 210 corn 1
 sw cost -170 wheat -1
 sc cost -150 corn -1
 sb cost -36 beets 1
 se cost -10 beets 1
RHS
 RHS land 500
 RHS wheat 200 corn 240
BOUNDS
 UP BND sb 6000
ENDATA
"""
FARMER_TIME = """\
TIME farmer
PERIODS
 xw land sow
 bw wheat reap
ENDATA
"""
FARMER_STOCH = """\
STOCH farmer
BLOCKS DISCRETE
 BL yield reap 0.333333333333
 xw wheat 3.0
 xc corn 3.6
 xb beets -24
 BL yield reap 0.333333333333
 xw wheat 2.5
 xc corn 3.0
 xb beets -20
 BL yield reap 0.333333333334
 xw wheat 2.0
 xc corn 2.4
 xb beets -16
ENDATA
"""


def written(
    folder: Path, core: str = CORE, time: str = TIME, stoch: str = STOCH, name: str = "tiny"
) -> Path:
    """Write the three files and return their common path."""
    for ending, text in (("cor", core), ("tim", time), ("sto", stoch)):
        (folder / f"{name}.{ending}").write_text(text, encoding="utf-8")
    return folder / name


def stochastic(body: str) -> str:
    """Return a stoch file with these lines."""
    return f"STOCH tiny\n{body.strip(chr(10))}\nENDATA\n".replace("\n\n", "\n")
