"""What may happen: batches of scenarios, and what generates them, one generator a file."""

from diversify.scenarios.batch import Scenarios
from diversify.scenarios.drawing import drawn, telling
from diversify.scenarios.importance import importance
from diversify.scenarios.listed import listed
from diversify.scenarios.outages import outages
from diversify.scenarios.pointwise import antithetic, sobol
from diversify.scenarios.undisturbed import undisturbed

__all__ = [
    "Scenarios",
    "antithetic",
    "drawn",
    "importance",
    "listed",
    "outages",
    "sobol",
    "telling",
    "undisturbed",
]
