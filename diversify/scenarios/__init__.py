"""What may happen: batches of scenarios, and what generates them, one generator a file."""

from diversify.scenarios.batch import Scenarios
from diversify.scenarios.listed import listed
from diversify.scenarios.outages import outages
from diversify.scenarios.undisturbed import undisturbed

__all__ = ["Scenarios", "listed", "outages", "undisturbed"]
