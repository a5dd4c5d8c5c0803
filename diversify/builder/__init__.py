"""From the reference tables to a case: any material that they cover, any importer.

>>> from diversify.builder import build_case
>>> case = build_case("cobalt", "JPN")
>>> case.buyers, "cobalt_CHN_refine" in set(case.table("sites")["site"])
(('JPN',), True)
"""

from diversify.builder.build import Built, build, build_case
from diversify.builder.calibration import cheapest_distance, distance, undisturbed_shares
from diversify.builder.parameters import Parameters
from diversify.builder.readme import readme, write_built

__all__ = [
    "Built",
    "Parameters",
    "build",
    "build_case",
    "cheapest_distance",
    "distance",
    "readme",
    "undisturbed_shares",
    "write_built",
]
