"""The algebra of one scenario, in Pyomo, one physical thing a file."""

from diversify.formulation.build import Build, start_build
from diversify.formulation.network import Network, build_network

__all__ = ["Build", "Network", "build_network", "start_build"]
