"""From a Pyomo template to arrays that are affine in scenario data and policy levels."""

from diversify.compile.blocks import Affine, Blocks

__all__ = ["Affine", "Blocks"]
