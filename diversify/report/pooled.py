"""What buyers hold together, in sentences."""

from __future__ import annotations

import pandas as pd

NOTHING = 1e-9


def pool_sentences(table: pd.DataFrame) -> list[str]:
    """Return one sentence for each pool that holds something.

    Parameters
    ----------
    table : pandas.DataFrame
        As ``plan.pools``.

    Returns
    -------
    list of str
        Who holds how much together.

    Examples
    --------
    >>> row = {"pool": "P", "commodity": "oxide", "tonnes": 5.0, "buyer": "Works", "member": True}
    >>> pool_sentences(pd.DataFrame([row, {**row, "buyer": "Mill"}]))
    ['Works and Mill hold 5 t of oxide together in P.']
    """
    said = []
    for (pool, commodity), rows in table.groupby(["pool", "commodity"], sort=False):
        tonnes = float(rows["tonnes"].iloc[0])
        members = rows[rows["member"]]["buyer"].tolist()
        if tonnes > NOTHING and members:
            who = " and ".join([", ".join(members[:-1]), members[-1]] if members[1:] else members)
            verb, how = ("hold", " together") if members[1:] else ("holds", "")
            said.append(f"{who} {verb} {tonnes:,.6g} t of {commodity}{how} in {pool}.")
    return said
