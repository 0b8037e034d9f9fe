"""From the scores of sources to the estimates of the WGI: which source decides.

govlib includes no scores: read your own file, or simulate some. See docs/sources.md.
"""

from govlib.datasets.sources import info, names
from govlib.ingest.worldbank_sources import read
from govlib.stats.sources import (
    Fit,
    decompose_change,
    drop,
    error_correlation,
    fit,
    simulate,
    weights,
)

__all__ = ["Fit", "decompose_change", "drop", "error_correlation", "fit", "info", "names", "read"]
__all__ += ["simulate", "weights"]
