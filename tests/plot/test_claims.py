"""The scoreboard of the ledger: every word and number in its row."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

import govlib
from govlib import plot


@pytest.fixture(scope="module")
def ledger():
    return govlib.claims.check(2023)


@pytest.mark.parametrize("profile", ["paper", "nature-single", "slides"])
def test_every_statement_has_its_row_with_words_numbers_and_verdict(ledger, profile):
    fig = plot.ledger(ledger, profile=profile, highlight="C1", names={"KAZ": "Kazakhstan"})
    [(ax, _)] = plot.panels(fig)
    words = [text.get_text().replace("\n", " ") for text in ax.texts]
    starts = [words.index(claim) for claim in ledger["claim"]]
    assert len(set(starts)) == len(ledger)
    for start, row in zip(starts, ledger.to_dict("records"), strict=True):
        claim, statement, article, ours, verdict = words[start : start + 5]
        minus = (row[name].replace("-1.07", "−1.07") for name in ("statement", "article"))
        assert [statement, article] == [next(minus), next(minus) or "–"]
        assert (ours.replace("−", "-"), verdict) == (row["ours"] or "–", row["verdict"])
        bold = [text.get_fontweight() == "bold" for text in ax.texts[start : start + 5]]
        assert bold == [claim == "C1"] * 5
    stated = ledger[ledger["check_of"] == ""]
    tiles = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert len(tiles) == len(stated) < len(ledger)
    places = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert max(places, key=places.get) != "C8" and places["C8"] > places["C9"]  # of ours, last


def test_numbers_stand_on_the_scale_of_their_row(ledger):
    [(ax, panel)] = plot.panels(plot.ledger(ledger))
    drawn = {point.label.split(":")[0]: point for point in panel.points}
    bars = {bar.lines[0].get_ydata()[0]: bar for bar in ax.containers if bar.lines[2]}
    grey = {line.get_ydata()[0]: line for line in ax.lines if line.get_color() in ("0.5", "0.8")}
    for row in ledger[ledger["claim"].isin(drawn)].to_dict("records"):
        point = drawn[row["claim"]]
        ends = grey[point.y].get_xdata() if point.y in grey else [np.nan]
        found = [(row["value"], point.x), (row["article_lower"], ends[0])]
        found.append((row["article_upper"], ends[-1]))
        if point.y in bars:
            [segment] = bars[point.y].lines[2][0].get_segments()
            found += zip([row["lower"], row["upper"]], segment[:, 0], strict=True)
        numbers, places = np.array([one for one in found if not np.isnan(one[0])]).T
        slope, start = np.polyfit(numbers, places, 1)
        assert slope > 0 and slope * numbers + start == pytest.approx(places), row["claim"]
    assert set(ledger["claim"]) - set(drawn) >= {"C9", "C10"}


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_texts_count_and_tell_the_statements(ledger, language):
    described = plot.describe(plot.ledger(ledger, names={"KAZ": "Name"}, language=language))
    counts = ledger.loc[ledger["check_of"] == "", "verdict"].value_counts()
    first = described.alternative_text.split(". ")[0]
    assert str(counts.sum()) in first and str(counts["reproduced"]) in first
    assert "Name" in described.title and first in described.caption
    if language == "en":
        told = "C1: article 0.14, ours 0.14 (−0.26 to 0.55 standard deviations), reproduced"
        assert told in described.alternative_text


def test_a_ledger_without_a_number_or_a_unit_is_drawn(ledger):
    [(_, panel)] = plot.panels(plot.ledger(ledger.assign(value=np.nan, unit="")))
    assert panel.points == []


@pytest.mark.parametrize("profile", ["paper", "springer-single", "elsevier-middle"])
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_no_heading_of_a_column_is_broken(ledger, profile, language):
    [(ax, _)] = plot.panels(plot.ledger(ledger, profile=profile, language=language))
    words = {word for text in ax.texts for word in text.get_text().split()}
    for column in ("article", "ours", "verdict"):
        assert set(govlib.text(f"report.{column}", language).split()) <= words
