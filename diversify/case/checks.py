"""All checks of a case, in order; each adds to the findings and none stops the others."""

from __future__ import annotations

from diversify.case.checks_blocs import check_blocs
from diversify.case.checks_chain import check_chain
from diversify.case.checks_commons import check_commons
from diversify.case.checks_hazards import check_hazards
from diversify.case.checks_investment import check_investment
from diversify.case.checks_mass import check_mass
from diversify.case.checks_measures import check_measures
from diversify.case.checks_names import check_names
from diversify.case.checks_pools import check_pools
from diversify.case.checks_quantities import check_quantities
from diversify.case.checks_scenarios import check_scenarios
from diversify.case.checks_stocks import check_stocks
from diversify.case.checks_units import check_units
from diversify.case.findings import Findings
from diversify.case.geography import Geography
from diversify.case.settings import Settings
from diversify.case.tables import Tables


def check(tables: Tables, settings: Settings | None, places: Geography, findings: Findings) -> None:
    """Add everything that is wrong or doubtful across the tables to ``findings``.

    ``settings`` is None if they were refused; checks that need them are then left out.
    """
    check_names(tables, settings, places, findings)
    check_blocs(tables, settings, places, findings)
    check_chain(tables, findings)
    check_mass(tables, findings)
    check_hazards(tables, places, findings)
    check_measures(tables, settings, places, findings)
    if settings is not None:
        check_units(tables, settings, findings)
        check_quantities(tables, settings, findings)
        check_investment(tables, settings, findings)
        check_commons(tables, settings, findings)
        check_stocks(tables, findings)
        check_pools(tables, findings)
        check_scenarios(tables, settings, findings)
