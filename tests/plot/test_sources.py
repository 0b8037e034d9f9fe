"""Figures of sources: points, intervals and texts are the table's, in each language."""

import re

import numpy as np
import pytest

from govlib import plot
from govlib.errors import BadTable
from govlib.stats import sources as model

COUNTRIES = [f"C{number:02d}" for number in range(60)]
SCORES, _ = model.simulate(2023, COUNTRIES, [2018, 2022])
TABLES = {
    "weights": model.weights(model.fit(SCORES), "C07"),
    "left_out": model.drop(SCORES, "C07", 2018, 2022),
}
SOURCES = sorted(set(TABLES["weights"]["source"]))
NAMES = {source: f"Источник {number}" for number, source in enumerate(SOURCES)}
DRAW = {"weights": plot.weights, "left_out": plot.left_out}


@pytest.mark.parametrize("kind", DRAW)
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_all_text_is_in_the_language_and_every_point_is_told(kind, language):
    fig, ax = plot.figure(profile="nature-single")
    DRAW[kind](TABLES[kind], country="Елім", names=NAMES, language=language, ax=ax)
    [(_, panel)] = plot.panels(fig)
    described = plot.describe(fig)
    assert panel.kind == kind and len(panel.points) == len(panel.table) == len(TABLES[kind])
    marks = [label.get_text() for label in ax.get_yticklabels()]
    texts = [described.caption, described.alternative_text, ax.get_xlabel(), *marks]
    for text in [*texts, *(point.label for point in panel.points)]:
        assert text
        assert language == "en" or not re.search(r"[A-Za-z]{4}|\d\.\d", text), text
    fig.draw_without_rendering()
    box, width = fig.get_tightbbox(), fig.get_figwidth()
    assert box.x0 >= -0.01 and box.x1 <= width + 0.01 and box.y0 >= -0.01


def test_points_and_intervals_are_those_of_the_table():
    ax = plot.left_out(TABLES["left_out"], ax=plot.figure()[1])
    bars = [segment for bars in ax.containers for segment in bars.lines[2][0].get_segments()]
    drawn = sorted(segment[:, 0].tolist() for segment in bars)
    ends = TABLES["left_out"][["change_lower", "change_upper"]].to_numpy()
    assert np.array(drawn) == pytest.approx(np.array(sorted(ends.tolist())))
    ax = plot.weights(TABLES["weights"], ax=plot.figure()[1])
    found = sorted(x for bars in ax.containers for x in bars.lines[0].get_xdata())
    assert found == pytest.approx(sorted(100 * TABLES["weights"]["weight"]))


@pytest.mark.parametrize("kind", DRAW)
def test_no_sources_are_said_and_a_highlight_is_bold(kind):
    _, ax = plot.figure()
    DRAW[kind](TABLES[kind].iloc[:0], ax=ax)
    assert "no source scores the country" in plot.describe(ax).alternative_text
    ax = DRAW[kind](TABLES[kind], highlight=SOURCES[0], ax=plot.figure()[1])
    bold = [one.get_text() for one in ax.get_yticklabels() if one.get_fontweight() == "bold"]
    assert bold == [SOURCES[0]]


@pytest.mark.parametrize("kind", DRAW)
def test_one_dimension_is_drawn_at_a_time(kind):
    table = TABLES[kind].copy()
    table.loc[0, "dimension"] = "va"
    with pytest.raises(BadTable, match="One dimension is drawn at a time"):
        DRAW[kind](table)
