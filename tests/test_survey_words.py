"""Labels, groups, waves and shares as they are printed."""

import datetime as dt

import pytest

from govlib.errors import BadTable
from govlib.ingest.survey_words import clean, find_group, find_wave, fold, read_share


@pytest.mark.parametrize(
    ("printed", "share", "mark"),
    [
        (4.9, 4.9, ""),
        (5, 5.0, ""),
        ("4,9*", 4.9, "*"),
        ("4,9 *", 4.9, "*"),
        ("4.9¹⁾", 4.9, "¹⁾"),
        ("4,9 1)", 4.9, "1)"),
        ("\u00a012,5\u202f%", 12.5, ""),
        ("-", 0.0, ""),
        ("–", 0.0, ""),
        ("0,0", 0.0, ""),
        ("100", 100.0, ""),
    ],
)
def test_a_share_is_read_with_its_mark(printed, share, mark):
    reading = read_share(printed, "sheet 1, cell B2")
    assert (reading.share, reading.mark) == (share, mark)


@pytest.mark.parametrize(
    ("printed", "why"),
    [("…", "not available"), ("...", "not available"), ("x", "confidential"),
     ("Х", "confidential"), ("", "blank"), (None, "blank"), (float("nan"), "blank")],
)  # fmt: skip
def test_what_is_not_published_has_no_share_but_a_reason(printed, why):
    reading = read_share(printed, "B2")
    assert reading.share is None
    assert why in reading.why


@pytest.mark.parametrize(
    ("printed", "answer"),
    [
        ("4,9,1", "is not a share"),
        ("четыре", "is not a share"),
        (dt.datetime(2023, 9, 4), "is not a share"),  # a spreadsheet took 4.9 for a date
        (True, "is not a share"),
        (100.4, "not a percentage"),
        (-1.0, "not a percentage"),
        ("18 005", "is not a share"),
        ("4.9.", "is not a share"),
    ],
)
def test_what_is_no_share_is_refused_with_its_place(printed, answer):
    with pytest.raises(BadTable, match=f"sheet 1, cell B2.*{answer}"):
        read_share(printed, "sheet 1, cell B2")


def test_words_of_two_scripts_are_written_in_one():
    assert clean("Cеверо-Kазахстанская\u00a0 oбласть") == "Северо-Казахстанская область"
    assert clean("Тotal") == "Total"  # a Cyrillic T in an English word
    assert clean("NATO, НАТО") == "NATO, НАТО"
    assert fold("  Всего:*") == "всего"


@pytest.mark.parametrize(
    ("label", "group"),
    [
        ("Республика Казахстан", ("total", "total")),
        ("ҚАЗАҚСТАН РЕСПУБЛИКАСЫ", ("total", "total")),
        ("Барлығы / Всего", ("total", "total")),
        ("Абай", ("region", "Abai region")),
        ("область Абай", ("region", "Abai region")),
        ("Абай облысы\nобласть Абай", ("region", "Abai region")),
        ("Жетісу", ("region", "Zhetysu region")),
        ("Ұлытау облысы", ("region", "Ulytau region")),
        ("Aлматинcкая область", ("region", "Almaty region")),  # Latin A and c
        ("Алматы облысы", ("region", "Almaty region")),
        ("Алматы қаласы", ("region", "Almaty")),
        ("г. Алматы", ("region", "Almaty")),
        ("г.Астана", ("region", "Astana")),
        ("Almaty city", ("region", "Almaty")),
        ("Шығыс Қазақстан", ("region", "East Kazakhstan region")),
        ("Южно-Казахстанская", ("region", "South Kazakhstan region")),
        ("городская местность", ("locality", "urban")),
        ("Ауылдық жер", ("locality", "rural")),
        ("Мужчины", ("sex", "men")),
        ("әйелдер", ("sex", "women")),
        ("F", ("sex", "women")),
        ("Y15T19", ("age", "15-19")),
        ("15 – 19 лет", ("age", "15-19")),
        ("60 лет и старше", ("age", "60+")),
        ("Y_GE60", ("age", "60+")),
        ("60 жас және одан жоғары", ("age", "60+")),
        ("полностью согласен", None),
        ("Алматы", None),
    ],
)
def test_groups_are_known_in_three_languages_and_as_codes(label, group):
    assert find_group(label) == group


@pytest.mark.parametrize(
    ("text", "wave"),
    [
        ("Доверие населения, 2023 год", ("2023", "2023", "2023")),
        ("2023 жылғы қазан-қараша", ("2023-10", "2023-10", "2023-11")),
        ("октябрь–ноябрь 2023 года", ("2023-10", "2023-10", "2023-11")),
        ("апрель-май 2024", ("2024-04", "2024-04", "2024-05")),
        ("4 квартал 2023 года", ("2023-10", "2023-10", "2023-12")),
        ("III тоқсан 2022", ("2022-07", "2022-07", "2022-09")),
        ("202310", ("2023-10", "2023-10", "2023-10")),
        (2023.0, ("2023", "2023", "2023")),
        ("31.12.2004", ("2004", "2004", "2004")),
        ("2022 и 2023", None),
        ("Қазақстан", None),
    ],
)
def test_waves_are_read_from_titles_and_periods(text, wave):
    assert find_wave(text) == wave


@pytest.mark.parametrize(("text", "whole"), [("2023 жыл", True), ("в 2023 г.", True),
                                             ("доверие 2023", False)])  # fmt: skip
def test_a_heading_is_a_wave_only_if_it_is_nothing_else(text, whole):
    assert (find_wave(text, whole=True) is not None) == whole
