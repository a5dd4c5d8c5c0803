"""The plan: the first stage, solved, as a frozen record with its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from diversify.case import Case
from diversify.policies import Policy
from diversify.solver.certificate import Certificate

if TYPE_CHECKING:
    from diversify.frontiers import Frontier
    from diversify.result.plotting import Plots

NUMBERS: dict[str, tuple[str, ...]] = {
    "portfolio": ("tonnes",),
    "shares": ("tonnes", "share", "cap"),
    "stocks": ("tonnes", "days", "bought"),
    "decisions": ("tonnes_per_year",),
    "costs": ("usd",),
    "value_added": ("usd", "share"),
    "common_goods": ("tonnes",),
    "risk": ("level", "value", "limit", "out_of_sample", "low", "high"),
    "loss_curves": ("loss", "probability"),
    "prices": ("price", "price_low", "price_high", "valid_from", "valid_to"),
    "suppliers": ("tonnes", "more", "cheaper", "charge"),
    "marginal_costs": ("usd_per_tonne",),
    "first_stage": ("value",),
}
FLAGS = {"decisions": ("qualified",)}
TABLES = tuple(NUMBERS)


@dataclass(frozen=True, slots=True)
class Record:
    """Everything about a solve that is not a table.

    Attributes
    ----------
    status : {"optimal", "stopped"}
        Why the solver stopped.
    point : {"certified", "feasible"}
        What the point is.
    objective, bound, gap : float
        Cost [USD, present value], proven lower bound, relative distance.
    certificate : Certificate or None
        Residuals and gap, recomputed; None for a point that was not proven.
    method : str
        How it was solved.
    seed : int or None
        Of the scenarios; None where they are listed.
    scenarios, distinct_scenarios : int
        How many, and how many of them differ.
    out_of_sample : int
        How many fresh scenarios the risk figures were checked on.
    seconds : dict
        Time of each phase and in total.
    size : dict
        Rows, columns and non-zeros of what was solved.
    digests : dict
        SHA-256 of case, scenarios and policies (R8).
    versions : dict
        Of the packages that decide numbers.
    warnings : tuple of str
        What is allowed but doubtful.
    ranges : dict
        Smallest and largest coefficients, costs, bounds and right sides, with their labels;
        ``scaled`` after rows and columns were brought as close as powers of two can.
    reason : str
        Why it stopped, where the status is "stopped": ``"time limit"`` or ``"interrupted"``.
    """

    status: str
    point: str
    objective: float
    bound: float
    gap: float
    certificate: Certificate | None
    method: str
    seed: int | None
    scenarios: int
    distinct_scenarios: int
    out_of_sample: int
    seconds: dict[str, float]
    size: dict[str, int]
    digests: dict[str, str]
    versions: dict[str, str]
    warnings: tuple[str, ...]
    ranges: dict[str, dict[str, float | str]] = field(default_factory=dict)
    reason: str = ""


class Plan:
    """A solved plan: what to book, hold and qualify, what it costs, and how safe it is.

    Tables are returned as copies, so that a plan cannot be changed by its reader.

    Parameters
    ----------
    case : Case
        The case, restricted to the buyers that were solved for.
    policies : tuple of Policy
        What the plan keeps.
    record : Record
        Status, certificate, digests.
    tables : mapping
        The tidy tables, by name.
    """

    __slots__ = ("_tables", "case", "policies", "record")
    case: Case
    policies: tuple[Policy, ...]
    record: Record
    _tables: dict[str, pd.DataFrame]

    def __init__(
        self,
        case: Case,
        policies: tuple[Policy, ...],
        record: Record,
        tables: Mapping[str, pd.DataFrame],
    ) -> None:
        object.__setattr__(self, "case", case)
        object.__setattr__(self, "policies", policies)
        object.__setattr__(self, "record", record)
        object.__setattr__(self, "_tables", {name: _typed(tables[name], name) for name in TABLES})

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a plan is frozen")

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the plan's tables."""
        return tuple(self._tables)

    def table(self, name: str) -> pd.DataFrame:
        """Return one of the plan's tables by name, as a copy."""
        return self._tables[name].copy()

    @property
    def status(self) -> str:
        """Why the solver stopped: ``optimal`` or ``stopped``."""
        return self.record.status

    @property
    def point(self) -> str:
        """What the plan is: ``certified`` or ``feasible``."""
        return self.record.point

    @property
    def objective(self) -> float:
        """Expected cost [USD, present value over the horizon]."""
        return self.record.objective

    @property
    def certificate(self) -> Certificate | None:
        """Residuals and gap, recomputed from point and multipliers."""
        return self.record.certificate

    @property
    def portfolio(self) -> pd.DataFrame:
        """What is booked on each lane in each period [t]."""
        return self.table("portfolio")

    @property
    def stocks(self) -> pd.DataFrame:
        """The stock that each buyer holds [t, days of demand]."""
        return self.table("stocks")

    @property
    def pools(self) -> pd.DataFrame:
        """What buyers hold together, and what each may have of it [t, days of demand]."""
        from diversify.formulation import build_network
        from diversify.result.pools import pool_table

        frame = self.table("first_stage")
        plan = dict(zip(frame["variable"], frame["value"], strict=True))
        return pool_table(build_network(self.case), plan)

    @property
    def decisions(self) -> pd.DataFrame:
        """Sites qualified or not, capacity built, tiers, substitutes and recovery [t a year]."""
        return self.table("decisions")

    @property
    def costs(self) -> pd.DataFrame:
        """Expected cost by kind [USD, present value]."""
        return self.table("costs")

    @property
    def value_added(self) -> pd.DataFrame:
        """What each country's sites ship less what they take in [USD at reference prices]."""
        return self.table("value_added")

    @property
    def common_goods(self) -> pd.DataFrame:
        """Emissions [t CO2e] and radioactive residues [t] of the undisturbed plan, by country."""
        return self.table("common_goods")

    @property
    def risk(self) -> pd.DataFrame:
        """Risk figures with limits and out-of-sample intervals."""
        return self.table("risk")

    @property
    def loss_curves(self) -> pd.DataFrame:
        """The chance of at least each cost [USD] and shortage [share of planned demand]."""
        return self.table("loss_curves")

    @property
    def prices(self) -> pd.DataFrame:
        """How the expected cost changes with the level of each policy."""
        return self.table("prices")

    @property
    def suppliers(self) -> pd.DataFrame:
        """Why each supplier is used or not, in a sentence with its numbers [USD/t]."""
        return self.table("suppliers")

    @property
    def marginal_costs(self) -> pd.DataFrame:
        """What one more tonne of demand would cost, its tiers included [USD/t, present value]."""
        return self.table("marginal_costs")

    @property
    def first_stage(self) -> pd.DataFrame:
        """The solver's value of every first-stage variable: with these the plan is evaluated."""
        return self.table("first_stage")

    def shares(self, by: str | None = None) -> pd.DataFrame:
        """Return the shares over the horizon, of one kind of group or all.

        Parameters
        ----------
        by : {"country", "owner", "site", "bloc"}, optional
            Only groups of this kind.

        Returns
        -------
        pandas.DataFrame
            Columns material, stage, by, name, tonnes, share, cap.
        """
        frame = self.table("shares")
        return frame if by is None else frame[frame["by"] == by].reset_index(drop=True)

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write the plan to a folder and return the folder.

        Parameters
        ----------
        folder : path-like
            A new folder, or an existing one with ``force``.
        force : bool
            Replace what is there.

        Returns
        -------
        pathlib.Path
            The folder: ``plan.json``, a CSV file for each table, and the case.
        """
        from diversify.result.storage import save_plan

        return save_plan(self, Path(folder), force=force)

    def to_excel(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the plan as a workbook, a sheet for each table, and return its path.

        Parameters
        ----------
        path : path-like
            Of an ``.xlsx`` file.
        force : bool
            Replace a file that is there.
        """
        from diversify.result.workbook import write_workbook

        return write_workbook(self, path, force=force)

    @property
    def plot(self) -> Plots:
        """The plan's figures: ``plan.plot.map()``, ``.sankey()``, ``.shares()`` and others."""
        from diversify.result.plotting import Plots

        return Plots(self)

    def report(
        self,
        path: str | Path,
        other: Plan | None = None,
        *,
        frontier: Frontier | None = None,
        force: bool = False,
    ) -> Path:
        """Write the plan as one page that works offline, and return its path.

        Parameters
        ----------
        path : path-like
            Of an HTML file.
        other : Plan, optional
            A second plan of the same case, shown beside this one.
        frontier : Frontier, optional
            Shown in a section of its own.
        force : bool
            Replace a file that is there.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InputError
            If the other plan is of another case, or the file is there already.
        """
        from diversify.report.page import write_page

        plans = (self,) if other is None else (self, other)
        return write_page(plans, Path(path), frontier=frontier, force=force)

    def _repr_html_(self) -> str:
        from diversify.report.cards import plan_card

        return plan_card(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Plan):
            return NotImplemented
        return (
            self.record == other.record
            and self.policies == other.policies
            and self.case == other.case
            and all(self.table(name).equals(other.table(name)) for name in TABLES)
        )

    def __hash__(self) -> int:
        return hash((self.record.digests["case"], self.record.objective))

    def __repr__(self) -> str:
        return (
            f"<Plan of {self.case.name!r}: {self.status}, {self.point}, "
            f"{self.objective:,.0f} USD, {len(self.policies)} policies, "
            f"{self.record.scenarios} scenarios>"
        )


def _typed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a copy with the types of its columns, the same whether it has rows or not."""
    # Numbers that a table does not have are not known.
    more = [column for column in NUMBERS[name] if column not in frame.columns]
    frame = frame.reindex(columns=[*frame.columns, *more]) if more else frame
    kinds = dict.fromkeys(frame.columns, "str")
    kinds |= dict.fromkeys(NUMBERS[name], "float64")
    kinds |= dict.fromkeys(FLAGS.get(name, ()), "bool")
    return frame.astype(kinds).reset_index(drop=True)
