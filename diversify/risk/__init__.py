"""Risk measures: one a file, each with rows for the model and a plain function of losses."""

from diversify.risk.base import Measure, measure

__all__ = ["Measure", "measure"]
