"""Governance and public trust: reproduce, rerun and question published figures.

``import govlib as gov``, then most of what one needs:

===============================  ===================================================================
``gov.wgi.read(2023)``           one edition of the Worldwide Governance Indicators as a table
``gov.wgi.ranked(2023)``         the same with ranks, of how many, and 90% bounds
``gov.wgi.change(t, 2018, 2022)``  changes between two years, with their errors
``gov.wgi.editions()``           the editions included; ``fetch``, ``read_file``, ``add`` for newer ones
``gov.economies.find("Грузия")``   the code of a country; ``names``, ``groups``, ``members``
``gov.surveys.read(name)``       a survey's shares; ``info``, ``waves``, ``read_file``, ``read_microdata``
``gov.rankings.read("cpi")``     a ranking of another publisher; ``breaks``
``gov.stats.ranks(t)``           ranks within a table; ``league`` with intervals and statistical ties
``gov.stats.probability_above``  how probable it is that one country is above another
``gov.stats.trend(t)``           a line through the years, weighted by the errors
``gov.plot.trend(t)``            draws estimates over the years, with 90% confidence intervals
``gov.plot.by_dimension(t, f)``  one panel a dimension: ``intervals``, ``slopes``, ``positions``, ...
``gov.plot.figure(profile=p)``   a figure made for a journal, slides or the web from the start
``gov.describe(ax)``             caption and alternative text of what is drawn
``gov.save(fig, "name")``        PDF, SVG, PNG, the data, caption and sources; a table likewise
``gov.claims.check(2023)``       an article's statements beside our figures, each with a verdict
``gov.parameters(globals())``    checks a notebook's parameters once; ``p.economy``, ``p.years``, ...
``gov.show(fig, "name")``        shows a figure in a notebook as it will be saved
``gov.show_table(t)``            shows a table for readers: names, rounded, blanks for missing
``gov.explore()``                the figures with controls, in JupyterLab
===============================  ===================================================================

An edition is always named; tables that mix editions are refused, except by the functions that
compare editions. ``help(gov.wgi.read)`` gives columns, units and ranges.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

_HOMES = {
    "GovlibError": "errors:GovlibError",
    "Group": "ingest.microdata:Group",
    "Item": "ingest.microdata:Item",
    "MicrodataSpec": "ingest.microdata:MicrodataSpec",
    "add_edition": "ingest.editions:add_edition",
    "add_interval": "stats.compare:add_interval",
    "add_percentile": "datasets.rankings:add_percentile",
    "add_share_interval": "stats.shares:add_share_interval",
    "adjust_changes": "stats.changes:adjust_changes",
    "alternative_text_against": "plot.standings:alternative_text_against",
    "alternative_text_answers": "plot.survey_captions:alternative_text_answers",
    "alternative_text_claims": "plot.claims:alternative_text_claims",
    "alternative_text_editions": "plot.editions:alternative_text_editions",
    "alternative_text_gaps": "plot.gap_figures:alternative_text_gaps",
    "alternative_text_peers": "plot.peer_captions:alternative_text_peers",
    "alternative_text_shares": "plot.survey_captions:alternative_text_shares",
    "alternative_text_single_figures": "plot.survey_captions:alternative_text_single_figures",
    "alternative_text_standings": "plot.standings:alternative_text_standings",
    "alternative_text_trend": "plot.trend:alternative_text_trend",
    "association": "stats.association",
    "bound_missing_opinions": "stats.waves:bound_missing_opinions",
    "catalog": "datasets.package",
    "cells": "ingest.cells",
    "change_between_waves": "stats.waves:change_between_waves",
    "change_between_years": "stats.compare:change_between_years",
    "change_by_edition": "stats.editions:change_by_edition",
    "change_by_rho": "stats.changes:change_by_rho",
    "changes": "stats.changes",
    "check_claims": "claims.ledger:check_claims",
    "check_edition": "ingest.checks:check_edition",
    "check_parameters": "run.notebooks:check_parameters",
    "check_survey": "datasets.survey_table:check_survey",
    "checks": "ingest.checks",
    "choose_waves": "datasets.surveys:choose_waves",
    "claim_figures": "plot.claims",
    "claims": "claims.ledger",
    "combine_answers": "stats.shares:combine_answers",
    "compare": "stats.compare",
    "compare_editions": "stats.editions:compare_editions",
    "contact_sheet": "run.contact_sheet",
    "decimal": "i18n.words:decimal",
    "derive_value_type": "ingest.wvs:derive_value_type",
    "describe_answer_breaks": "plot.survey_captions:describe_answer_breaks",
    "describe_claims": "plot.claims:describe_claims",
    "describe_editions": "plot.editions:describe_editions",
    "describe_gaps": "plot.gap_figures:describe_gaps",
    "describe_peers": "plot.peer_captions:describe_peers",
    "describe_result": "publish.provenance:describe_result",
    "describe_shares": "plot.survey_captions:describe_shares",
    "describe_survey": "datasets.surveys:describe_survey",
    "describe_trend": "plot.trend:describe_trend",
    "draw_view": "explorer.explore:draw_view",
    "economies_in": "datasets.groups:economies_in",
    "economy_names": "datasets.package:economy_names",
    "editions": "ingest.editions",
    "effectiveness_voice_gap": "stats.gaps:effectiveness_voice_gap",
    "errors": "errors",
    "explain_figure": "publish.provenance:explain_figure",
    "explore": "explorer.explore",
    "explore_choices": "explorer.choices",
    "explore_points": "explorer.points",
    "explore_views": "explorer.views",
    "explore_widgets": "explorer.app",
    "export": "publish.save",
    "fetch": "ingest.fetch",
    "fetch_wgi": "ingest.fetch:fetch_wgi",
    "figure_lint": "publish.lint",
    "figures": "plot.trend",
    "figures_folder": "datasets.package:figures_folder",
    "find_economy": "explorer.choices:find_economy",
    "find_profile": "plot.profiles:find_profile",
    "find_survey": "datasets.surveys:find_survey",
    "fit_association": "stats.association:fit_association",
    "fit_trend": "stats.trends:fit_trend",
    "fitting": "plot.fitting",
    "formats": "ingest.formats",
    "gap_figures": "plot.gap_figures",
    "gaps": "stats.gaps",
    "group_titles": "datasets.groups:group_titles",
    "groups": "datasets.groups",
    "groups_of": "datasets.groups:groups_of",
    "held_editions": "datasets.package:held_editions",
    "held_surveys": "datasets.surveys:held_surveys",
    "label_survey": "datasets.surveys:label_survey",
    "labels": "i18n.labels",
    "lay_out_table": "publish.tables:lay_out_table",
    "layouts": "ingest.layouts",
    "league_table": "stats.positions:league_table",
    "lint_figure": "publish.lint:lint_figure",
    "list_editions": "stats.editions:list_editions",
    "match_economies": "datasets.rankings:match_economies",
    "metadata": "publish.metadata",
    "microdata": "ingest.microdata",
    "net_trust": "stats.shares:net_trust",
    "open_explorer": "explorer.app:open_explorer",
    "peer_captions": "plot.peer_captions",
    "peer_figures": "plot.peers",
    "plot_against": "plot.standings:plot_against",
    "plot_answers": "plot.surveys:plot_answers",
    "plot_claims": "plot.claims:plot_claims",
    "plot_distribution": "plot.peers:plot_distribution",
    "plot_editions": "plot.editions:plot_editions",
    "plot_gaps": "plot.gap_figures:plot_gaps",
    "plot_intervals": "plot.peers:plot_intervals",
    "plot_ledger": "plot.claims:plot_ledger",
    "plot_positions": "plot.peers:plot_positions",
    "plot_ranges": "plot.surveys:plot_ranges",
    "plot_shares": "plot.surveys:plot_shares",
    "plot_single_figures": "plot.surveys:plot_single_figures",
    "plot_slopes": "plot.peers:plot_slopes",
    "plot_small_trends": "plot.trend:plot_small_trends",
    "plot_standings": "plot.standings:plot_standings",
    "plot_trend": "plot.trend:plot_trend",
    "positions": "stats.positions",
    "positions_in_groups": "stats.positions:positions_in_groups",
    "probability_above": "stats.positions:probability_above",
    "profiles": "plot.profiles",
    "project_folder": "datasets.package:project_folder",
    "provenance": "publish.provenance",
    "rank_economies": "stats.compare:rank_economies",
    "rank_world": "datasets.world:rank_world",
    "rankings": "datasets.rankings",
    "read_breaks": "datasets.rankings:read_breaks",
    "read_economies": "datasets.package:read_economies",
    "read_groups": "datasets.groups:read_groups",
    "read_metadata": "publish.metadata:read_metadata",
    "read_microdata": "ingest.microdata:read_microdata",
    "read_profiles": "plot.profiles:read_profiles",
    "read_ranking": "datasets.rankings:read_ranking",
    "read_single_figures": "datasets.surveys:read_single_figures",
    "read_survey": "datasets.surveys:read_survey",
    "read_survey_file": "ingest.survey_files:read_survey_file",
    "read_wgi": "datasets.wgi:read_wgi",
    "read_wgi_file": "ingest.formats:read_wgi_file",
    "read_wvs": "ingest.wvs:read_wvs",
    "rebase_on_opinion": "stats.shares:rebase_on_opinion",
    "revision_figures": "plot.editions",
    "revisions": "stats.editions",
    "runs": "run.notebooks",
    "save": "publish.save:save",
    "show": "publish.save:show",
    "simulate_positions": "stats.positions:simulate_positions",
    "stack_editions": "stats.editions:stack_editions",
    "summarise_revisions": "stats.editions:summarise_revisions",
    "survey": "datasets.surveys",
    "survey_captions": "plot.survey_captions",
    "survey_files": "ingest.survey_files",
    "survey_table": "datasets.survey_table",
    "trends": "stats.trends",
    "wgi": "datasets.wgi",
    "word": "i18n.words:word",
    "words": "i18n.words",
    "wvs": "ingest.wvs",
}
__all__ = [
    "GovlibError",
    "claims",
    "describe",
    "economies",
    "explain_figure",
    "explore",
    "join_years",
    "lint_figure",
    "number",
    "parameters",
    "plot",
    "rankings",
    "save",
    "show",
    "show_table",
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
