"""Words for years."""

import pytest

from govlib.i18n.labels import join_years


@pytest.mark.parametrize(
    ("years", "text"),
    [
        ([], ""),
        ([2022], "2022"),
        ([2018, 2019], "2018–2019"),
        ([1996, 1998, 2000, 2002, 2003, 2004], "1996, 1998, 2000, 2002–2004"),
        ([2003, 2002, 2003], "2002–2003"),
    ],
)
def test_years_are_written_as_ranges(years, text):
    assert join_years(years) == text
