"""What a new edition changed."""

import pytest

from govlib.errors import BadParameter, UnknownName
from govlib.run.news import news


def test_the_edition_of_2024_moves_ranks_and_no_verdict():
    told = news(2024)
    assert "# Edition 2024 against 2023" in told
    assert "Rule of Law: -0.47 ± 0.25 (rank 137) -> -0.47 ± 0.25 (rank 139)" in told
    assert "No verdict changed." in told
    assert "Cook Islands, Voice and Accountability 2022: 1.16 to 0.87" in told


def test_the_edition_of_2025_is_on_another_scale():
    told = news(economy="Georgia")
    assert "gained: NCL, PYF" in told
    assert "The methods differ" in told
    assert "## Georgia, 2023" in told
    assert "Statements" not in told  # they are of Kazakhstan


def test_wrong_input_is_answered():
    with pytest.raises(BadParameter, match="2019 is the first"):
        news(2019)
    with pytest.raises(UnknownName, match="no WGI edition 1990"):
        news(1990)
    with pytest.raises(UnknownName, match="no country"):
        news(2024, economy="Atlantis")
