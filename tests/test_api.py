"""What the World Bank's API calls its series, and the name of what it serves."""

import pytest

import govlib
from govlib.errors import FailedFetch, UnknownName
from govlib.ingest import api

TABLE = govlib.wgi.read(2024, economies="KAZ")


def test_every_dead_series_has_an_answer():
    assert len(api.LEGACY) == 36
    for code in api.LEGACY:
        with pytest.raises(UnknownName, match=f"^{code} is dead"):
            api.check_series([code])


@pytest.mark.parametrize(
    ("lastupdated", "edition"), [("2024-12-05", 2024), ("2025-02-01", 2024), ("2024-01-01", 2024)]
)
def test_the_edition_is_the_year_after_the_last_if_the_date_agrees(lastupdated, edition):
    assert api.name_edition(TABLE, lastupdated, source=3) == edition


def test_source_2_is_updated_for_other_reasons_too():
    assert api.name_edition(TABLE, "2030-01-01", source=2) == 2024
    with pytest.raises(FailedFetch):
        api.name_edition(TABLE, "2023-12-31", source=2)


def test_the_series_are_those_of_each_source():
    assert len(api.CURRENT) == 36
    assert api.CURRENT["GOV_WGI_GE.SC_LB"] == ("ge", "score_lower")
    assert api.WDI["GOV_WGI_VA_EST"] == ("va", "estimate")
    assert len(api.WDI) == 12
    assert api.check_series(["GOV_WGI_GE_SC"]) == (2, {"GOV_WGI_GE_SC": ("ge", "score")})
