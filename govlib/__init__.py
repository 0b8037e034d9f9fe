"""Governance and public trust: reproduce, rerun and question published figures.

After ``import govlib as gov``, most of what one needs (t is a table, p a profile):

gov.wgi.read(2023)             one edition of the Worldwide Governance Indicators as a table
gov.wgi.ranked(2023)           the same with ranks, of how many, and 90% bounds
gov.wgi.change(t, 2018, 2022)  changes between two years, with their errors
gov.wgi.editions()             the editions included; fetch, read_file and add for newer ones
gov.economies.find("Georgia")  the code of a country; names, groups, members, add_names
gov.surveys.read(name)         a survey's shares; info, waves, read_file, read_microdata
gov.rankings.read("cpi")       a ranking of another publisher; breaks
gov.sources.fit(t)             estimates from the scores of sources; drop, weights, simulate
gov.stats.ranks(t)             ranks within a table; league: with intervals and statistical ties
gov.stats.probability_above    how probable it is that one country is above another
gov.wgi.trend(t)               a line through the years, weighted by the errors
gov.plot.trend(t)              draws estimates over the years with 90% confidence intervals
gov.plot.by_dimension(t, f)    one panel a dimension: intervals, changes, positions
gov.plot.figure(profile=p)     a figure made for a journal, slides or the web from the start
gov.describe(ax)               caption and alternative text of what is drawn
gov.save(fig, "name")          PDF, SVG, PNG, the data, caption and sources; a table likewise
gov.export(t, "table.dta")      a table for Stata, Excel, Parquet or CSV, with its labels
gov.claims.check(2023)         an article's statements next to our figures, each with a verdict
gov.parameters(globals())      checks a notebook's parameters once: p.economy, p.years, ...
gov.show(fig, "name")          shows a figure in a notebook as it will be saved
gov.show_table(t)              shows a table for readers: rounded, blanks for missing
gov.explore()                  the figures with controls, in JupyterLab

An edition is always named; tables that mix editions are refused, except by the functions that
compare editions. ``help(gov.wgi.read)`` gives columns, units and ranges.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from govlib import claims, economies, plot, rankings, sources, stats, surveys, wgi
    from govlib.errors import GovlibError
    from govlib.explorer.app import explore
    from govlib.i18n import join_years, number, text
    from govlib.plot import describe
    from govlib.publish.export import export
    from govlib.publish.lint import lint_figure
    from govlib.publish.provenance import explain_figure
    from govlib.publish.save import save, show
    from govlib.publish.tables import show_table
    from govlib.run.parameters import parameters

_NAMES = {
    "GovlibError": "errors",
    "describe": "plot",
    "export": "publish.export",
    "explain_figure": "publish.provenance",
    "explore": "explorer.app",
    "join_years": "i18n",
    "lint_figure": "publish.lint",
    "number": "i18n",
    "parameters": "run.parameters",
    "save": "publish.save",
    "show": "publish.save",
    "show_table": "publish.tables",
    "text": "i18n",
}
__all__ = [
    "GovlibError",
    "claims",
    "describe",
    "economies",
    "explain_figure",
    "explore",
    "export",
    "join_years",
    "lint_figure",
    "number",
    "parameters",
    "plot",
    "rankings",
    "save",
    "show",
    "show_table",
    "sources",
    "stats",
    "surveys",
    "text",
    "wgi",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for; nothing is imported before it is used (PEP 562)."""
    if name in _NAMES:
        return getattr(import_module(f"govlib.{_NAMES[name]}"), name)
    if name in __all__:
        return import_module(f"govlib.{name}")
    raise AttributeError(f"module 'govlib' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
