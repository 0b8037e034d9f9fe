"""The Worldwide Governance Indicators, by edition.

An edition is the year of release. The same year differs between editions, so that one is always
named: Government Effectiveness of Kazakhstan in 2018 is 0.02 in the edition of 2020 and -0.04 in
that of 2023.
"""

from govlib.datasets.wgi import (
    assumed_error,
    change,
    correlation_floor,
    editions,
    probability_of_rise,
    ranked,
    read,
    trend,
)
from govlib.ingest.editions import add, check
from govlib.ingest.worldbank_api import fetch
from govlib.ingest.worldbank_files import read_file

__all__ = ["add", "assumed_error", "change", "check", "correlation_floor", "editions", "fetch"]
__all__ += ["probability_of_rise", "ranked", "read", "read_file", "trend"]
