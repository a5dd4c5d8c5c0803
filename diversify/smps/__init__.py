"""Two-stage stochastic programs in SMPS files: read, listed or sampled, solved with proof."""

from diversify.smps.program import Batch, StochasticProgram
from diversify.smps.reading import read
from diversify.smps.solving import Answer, solve

__all__ = ["Answer", "Batch", "StochasticProgram", "read", "solve"]
