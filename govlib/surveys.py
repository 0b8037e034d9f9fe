"""Surveys: those included, published tables of other ones, and microdata."""

from govlib.datasets.surveys import (
    fill_respondents,
    find,
    info,
    labels,
    names,
    read,
    single_figures,
    waves,
)
from govlib.ingest.microdata import (
    Group,
    Item,
    MicrodataSpec,
    derive_value_type,
    read_microdata,
    read_wvs,
)
from govlib.ingest.survey_tables import read_file
from govlib.stats.shares import NO_OPINION
from govlib.stats.shares import check_survey as check

__all__ = ["NO_OPINION", "Group", "Item", "MicrodataSpec", "check", "derive_value_type"]
__all__ += ["fill_respondents", "find", "info", "labels", "names", "read", "read_file"]
__all__ += ["read_microdata", "read_wvs", "single_figures", "waves"]
