"""Batteries that every policy passes, and small cases in memory to try things on.

A policy of your own proves itself with one call:

>>> from diversify.policies import StockFloor
>>> check_policy(
...     StockFloor(days=73),
...     golden='''
...     plan.'stock_floor'[Works,oxide]: -91.25 plan.target[Works,oxide] <= -73
...     ''',
...     neutral=0,
...     tighter=[146],
...     nothing=StockFloor(days=73, material="La"),
... )
"""

from diversify.testing.battery import check_policy
from diversify.testing.cases import small_case, tiny_case
from diversify.testing.trial import Trial, policy_rows, trial

__all__ = ["Trial", "check_policy", "policy_rows", "small_case", "tiny_case", "trial"]
