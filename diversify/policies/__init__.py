"""Limits that a plan keeps, one a file."""

from diversify.policies.base import Policy
from diversify.policies.cost_budget import CostBudget
from diversify.policies.exclude import Exclude
from diversify.policies.reading import parse_policies, policies_schema, policy_toml, read_policies
from diversify.policies.share_cap import ShareCap
from diversify.policies.share_floor import ShareFloor
from diversify.policies.shortage_budget import ShortageBudget
from diversify.policies.spend_cap import SpendCap
from diversify.policies.stock_floor import StockFloor

__all__ = [
    "CostBudget",
    "Exclude",
    "Policy",
    "ShareCap",
    "ShareFloor",
    "ShortageBudget",
    "SpendCap",
    "StockFloor",
    "parse_policies",
    "policies_schema",
    "policy_toml",
    "read_policies",
]
