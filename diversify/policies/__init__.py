"""Limits that a plan keeps, one a file."""

from diversify.policies.base import Policy
from diversify.policies.cost_budget import CostBudget
from diversify.policies.crma import Crma
from diversify.policies.emissions_cap import EmissionsCap
from diversify.policies.exclude import Exclude
from diversify.policies.hhi_cap import HhiCap
from diversify.policies.max_sources import MaxSources
from diversify.policies.min_sources import MinSources
from diversify.policies.producer_value_floor import ProducerValueFloor
from diversify.policies.radioactive_cap import RadioactiveCap
from diversify.policies.reading import parse_policies, policies_schema, policy_toml, read_policies
from diversify.policies.rule import Rule
from diversify.policies.share_cap import ShareCap
from diversify.policies.share_floor import ShareFloor
from diversify.policies.shortage_budget import ShortageBudget
from diversify.policies.spend_cap import SpendCap
from diversify.policies.stock_floor import StockFloor
from diversify.policies.stock_norm import StockNorm
from diversify.policies.survive_loss import SurviveLoss
from diversify.policies.time_to_survive import TimeToSurvive

__all__ = [
    "CostBudget",
    "Crma",
    "EmissionsCap",
    "Exclude",
    "HhiCap",
    "MaxSources",
    "MinSources",
    "Policy",
    "ProducerValueFloor",
    "RadioactiveCap",
    "Rule",
    "ShareCap",
    "ShareFloor",
    "ShortageBudget",
    "SpendCap",
    "StockFloor",
    "StockNorm",
    "SurviveLoss",
    "TimeToSurvive",
    "parse_policies",
    "policies_schema",
    "policy_toml",
    "read_policies",
]
