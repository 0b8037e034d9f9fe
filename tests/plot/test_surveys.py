"""Answers to surveys: what the Axes hold, and what a reader is told of the waves."""

import numpy as np
import pytest

import govlib
from govlib import plot
from govlib.errors import BadTable

LABELS = govlib.surveys.labels("bns-trust", "en")


@pytest.fixture(scope="module")
def trust():
    table = govlib.surveys.read("bns-trust", waves=["2022", "2023-10"])
    return govlib.stats.add_share_interval(table.fillna({"respondents": 18005}), design_effect=2)


def rows_of(ax):
    """Return the label of each row of the figure by its place."""
    texts = [tick.get_text().replace("\n", " ") for tick in ax.get_yticklabels()]
    return dict(zip(ax.get_yticks(), texts, strict=True))


def test_each_share_is_drawn_in_its_row(trust):
    full = trust[trust["answer"] == "fully_agree"]
    ax = plot.shares(full, names=LABELS, ax=plot.figure()[1])
    rows = rows_of(ax)
    assert list(rows.values())[:3] == ["Fire service", "Prosecutor's office", "Police"]
    written = {t.get_text(): t.get_position() for t in ax.texts if t.get_text() in ("40", "63")}
    assert written["40"][1] == written["63"][1] and rows[written["63"][1]] == "Police"
    for bars, wave in zip(ax.containers, ["2022", "2023-10"], strict=True):
        assert bars.get_label() == LABELS[wave]
        line = bars.lines[0]
        expected = full[full["wave"] == wave].set_index("item")
        for x, y in np.asarray(line.get_xydata())[~np.isnan(line.get_xdata())]:
            row = rows[min(rows, key=lambda place, y=y: abs(place - y))]
            [item] = [code for code in expected.index if LABELS[code] == row]
            assert x == expected.loc[item, "share"]
    first = plot.describe(ax).alternative_text.split(". ")[0]
    assert first == (
        "From 2022 to Oct–Nov 2023 the share rose in 4 of 4 rows; "
        "it moved most for Police, from 40 to 63%"
    )


def test_a_caption_of_shares_says_what_was_asked_of_whom(trust):
    full = trust[trust["answer"] == "fully_agree"]
    record = govlib.surveys.info("bns-trust")
    given = {"question": "Can it be trusted?", "country": "Kazakhstan"}
    given |= {"source": record["sources"][0]["publisher"], "notes": "One more."}
    ax = plot.shares(full, names=LABELS, alternative_notes="Seen.", **given)
    described = plot.describe(ax)
    for text in [
        "Can it be trusted? Kazakhstan, 2022, Oct–Nov 2023. Shares of all who were asked.",
        "design effect 2.0 (assumed)",
        "2022: 18,005; Oct–Nov 2023: 18,005",
        "Source: Bureau of National Statistics",
    ]:
        assert text in described.caption
    assert described.caption.endswith("One more.")
    assert "Police: 2022 39.5% (90% interval 38.7 to 40.4);" in described.alternative_text
    assert described.alternative_text.endswith("Seen.")


def test_bars_are_stacked_in_the_order_of_the_answers(trust):
    ax = plot.answers(trust, names=LABELS, ax=plot.figure()[1])
    assert [bars.get_label() for bars in ax.containers] == [
        *["Fully agree", "Partly agree", "Partly disagree", "Fully disagree"],
        *["Never encountered", "Never encountered or hard to say"],
    ]
    assert list(rows_of(ax).values())[:3] == [
        *["Prosecutor's office, 2022", "Oct–Nov 2023", "Police, 2022"]
    ]
    police = [bars[2] for bars in ax.containers]
    widths = [bar.get_width() for bar in police]
    assert widths == pytest.approx([39.5, 38.0, 5.2, 2.0, 15.3, 0.0])
    assert [bar.get_x() for bar in police] == pytest.approx([0, *np.cumsum(widths)[:-1]])
    written = [text.get_text() for text in ax.texts]
    # Halves go up: 39.5 and 30.5 of 2022 are written alike.
    assert "40" in written[:10] and "31" in written[10:20] and "30" not in written
    assert police[4].get_hatch() and not police[0].get_hatch()
    assert len({bars[0].get_facecolor() for bars in ax.containers[:4]}) == 4
    assert 'Police, most frequent answer: 2022 "Fully agree" 39.5%' in (
        plot.describe(ax).alternative_text
    )


def test_a_caption_says_which_answers_changed_between_the_waves():
    def caption(table):
        return plot.describe(plot.answers(table, names=LABELS, ax=plot.figure()[1])).caption

    def read(*waves, **chosen):
        return govlib.surveys.read("bns-trust", waves=waves, **chosen)

    told = 'only in 2022: "Never encountered"; only in Oct–Nov 2023: "Never encountered or hard'
    for waves in (("2022", "2023-10"), ("2021", "2022", "2023-10", "2024-10")):
        assert f"({told}" in caption(read(*waves))
    for waves in (("2021", "2022"), ("2023-10", "2024-10"), ("2022",)):  # the same answers
        assert caption(read(*waves)) == govlib.text("trust.answers")
    both, asked = read("2022", "2023-10"), {"2022": "police", "2023-10": "courts"}
    assert "changed" not in caption(both[both["item"] == both["wave"].map(asked)])  # no item twice
    table = govlib.stats.add_share_interval(govlib.surveys.fill_respondents(both), design_effect=2)
    side = {"Agree": table[table["answer"] == "fully_agree"]}
    fig = plot.share_panels(side, order=["police"], names=LABELS, survey=both, notes="Noted.")
    assert fig.axes[0].get_title(loc="left") == ""  # of one panel no letter, nor in its caption
    plot.letter(fig.axes)
    assert f"({told}" in plot.describe(fig).caption and "Noted." in plot.describe(fig).caption


def test_tables_that_are_not_one_point_a_row_are_rejected(trust):
    with pytest.raises(BadTable, match="Two rows are one point: prosecutor, 2022"):
        plot.shares(trust)
    with pytest.raises(BadTable, match="lacks share_lower, share_upper; it has survey"):
        plot.shares(trust.drop(columns=["share_lower", "share_upper"]))
    with pytest.raises(BadTable, match="lacks answer"):
        plot.answers(trust.drop(columns="answer"))
    with pytest.raises(BadTable, match="5 points cannot be read in one row: four or fewer"):
        plot.shares(trust[trust["wave"] == "2022"], marks="answer")


def test_panels_share_rows_say_what_is_asked_once_and_have_the_articles_range_in_that_of_all():
    values = govlib.surveys.read("wvs7-kaz", items="value_type")
    table = govlib.stats.add_share_interval(values, design_effect=2)
    valid = table[(table["base"] == "valid") & table["group_by"].isin(["total", "age"])]
    sides = {name: valid[valid["answer"] == name] for name in ("materialist", "mixed")}
    order = [*sorted(set(valid["group"]) - {"total"}, reverse=True), "total"]
    options = {
        "rows": "group",
        "marks": "answer",
        "order": order,
        "source": "WVS",
        "question": "Value type",
    }
    fig = plot.share_panels(sides, printed={"mixed": (50, 60)}, **options)
    for ax, (name, rows) in zip(fig.axes, sides.items(), strict=True):
        assert ax.get_xlabel() == name
        shown = rows.set_index("group").loc[order, "share"].to_numpy()
        assert ax.containers[0].lines[0].get_xdata() == pytest.approx(shown)
    assert [len(ax.patches) for ax in fig.axes] == [0, 1]
    [patch] = fig.axes[1].patches
    assert (patch.get_x(), patch.get_width()) == (50, 10)
    assert patch.get_y() + patch.get_height() / 2 == order.index("total")
    assert "article 50–60" in [text.get_text() for text in fig.axes[1].texts]
    described = plot.describe(fig)  # what one panel says the other leaves out
    assert described.caption.count("WVS") == described.caption.count("design effect") == 1
    assert "(a) Value type: materialist" in described.caption and "(b) mixed" in described.caption
    first = described.alternative_text.split(". ")[0]
    assert first == "(a) materialist: 40% of all, between 34% (18–24) and 42% (45–54)"
