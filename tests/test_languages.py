"""Figures, captions and alternative texts in every language: wholly in it, same numbers."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import govlib
from govlib.errors import UnknownName
from govlib.i18n import LANGUAGES, translate

LANGUAGE_CODES = list(LANGUAGES)
# Latin letters that stay: the name of the indicators, publishers' own names, ids of statements.
ALLOWED = re.compile(r"\b(WGI|EGDI|EPI|CSI|csi\.kz|AsiaBarometer|C\d+|Q\d+)\b")
YEARS = range(2018, 2023)
PEERS = ["KAZ", "UZB", "RUS", "KGZ", "EST", "PRK"]


@pytest.fixture(scope="module")
def tables():
    """Return the tables that the figures are drawn from."""
    wgi = govlib.wgi.read(2023, years=list(YEARS))
    peers = wgi[wgi["economy"].isin(PEERS)]
    one = peers[(peers["dimension"] == "ge") & (peers["year"] == 2022)]
    world = govlib.stats.ranks(wgi[(wgi["dimension"] == "ge") & (wgi["year"] == 2022)])
    trust = govlib.surveys.read("bns-trust", waves=["2022", "2023-10"])
    shares = govlib.stats.add_share_interval(trust.fillna({"respondents": 18005}), design_effect=2)
    figures = govlib.surveys.single_figures(economy="KAZ")
    lines = figures[figures["item"].isin(["Satisfaction with public services", "Government"])]
    editions = [govlib.wgi.read(e, economies="KAZ", years=[2018, 2022]) for e in (2023, 2024)]
    editions = govlib.stats.stack_editions([*editions, govlib.wgi.read(2025, economies="KAZ")])
    editions = editions[editions["year"].isin([2018, 2022])]
    return {
        "trend": peers[peers["economy"] == "KAZ"],
        "small": peers[peers["dimension"].isin(["ge", "pv"])],
        "intervals": one,
        "positions": govlib.stats.league(one),
        "slopes": peers[(peers["dimension"] == "ge") & peers["year"].isin([2018, 2022])],
        "distribution": world,
        "editions": editions[editions["dimension"] == "ge"],
        "claims": govlib.claims.check(2023),
        "no_claims": govlib.claims.check(2023).assign(value=np.nan),
        "shares": shares[shares["answer"] == "fully_agree"],
        "answers": trust,
        "lines": lines[lines["unit"] == "percent"].drop_duplicates(["item", "date"]),
        "no_lines": lines[:0],
        "standings": pd.DataFrame(
            [("va", 2018, 16.1, 11.5, 22.4), ("egdi", 2018, 80.2, None, None)],
            columns=["indicator", "year", "percentile", "percentile_lower", "percentile_upper"],
        ),
        "against": (
            govlib.rankings.read("egdi", editions=2022, measures="epi"),
            wgi[(wgi["dimension"] == "va") & (wgi["year"] == 2022)],
        ),
        "gaps": peers[(peers["economy"] == "KAZ")].assign(
            estimate=lambda t: t["estimate"].where(t["year"] != 2020)
        ),
    }


def draw(kind, table, language):
    """Draw one kind of figure in a language."""
    fig, ax = plt.subplots()
    labels = govlib.surveys.labels("bns-trust", language)
    peers = {"names": govlib.economies.names(language), "highlight": "KAZ"}
    given = {"language": language, "ax": ax}
    if kind in ("trend", "gaps"):
        govlib.plot_trend(table, **given)
    elif kind == "small":
        plt.close(fig)
        fig, axes = plt.subplots(2, 3)
        names = peers["names"]
        govlib.plot_small_trends(table, axes=list(axes.flat), names=names, language=language)
    elif kind in ("intervals", "positions", "slopes", "distribution"):
        getattr(govlib, f"plot_{kind}")(table, **peers, **given)
    elif kind == "editions":
        govlib.plot_editions(table, measure="percentile_rank", **given)
    elif kind in ("claims", "no_claims"):
        plt.close(fig)
        fig = govlib.plot_ledger(table, language=language)
    elif kind == "standings":
        words = {code: govlib.text(f"standing.{code}", language) for code in ("egdi", "epi")}
        words["va"] = govlib.text("dimension.va", language)
        govlib.plot_standings(table, labels=words, **given)
    elif kind == "against":
        govlib.plot_against(*table, named={"KAZ": peers["names"]["KAZ"]}, **given)
    elif kind == "shares":
        govlib.plot_shares(table, labels=labels, ax=ax)
    elif kind == "answers":
        govlib.plot_answers(table, labels=labels, ax=ax)
    else:
        govlib.plot_single_figures(table, **given)
    fig.canvas.draw()
    fig.canvas.draw()  # as a file after the notebook: only then is the layout settled
    return fig


KINDS = [
    *["trend", "gaps", "small", "intervals", "positions", "slopes", "distribution", "editions"],
    *["claims", "no_claims", "shares", "answers", "lines", "no_lines"],
    *["standings", "against"],
]


def texts(fig):
    """Return the texts that a figure shows."""
    unseen = {text for ax in fig.axes if not ax.get_visible() for text in ax.findobj(Text)}
    for ax in fig.axes:
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
            for tick in axis.get_major_ticks():  # those outside the limits are not drawn
                if not min(limits) <= tick.get_loc() <= max(limits):
                    unseen |= {tick.label1, tick.label2}
    found = [text for text in fig.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in found if text not in unseen]


def latin(text):
    """Return the words in Latin letters that do not belong into Russian or Kazakh."""
    return re.findall(r"[A-Za-z]+", ALLOWED.sub("", text))


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("govlib.paper"):
        yield
    plt.close("all")


@pytest.mark.parametrize("language", ["ru", "kk"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_is_wholly_in_its_language(kind, language, tables):
    shown = [text.get_text() for text in texts(draw(kind, tables[kind], language))]
    if kind != "no_claims":
        assert [text for text in shown if latin(text)] == []
    assert [text for text in shown if re.search(r"\d\.\d", text)] == []  # a decimal point
    words = [text for text in shown if re.search(r"[а-яёәғқңөұүһі]", text.lower())]
    assert words, "no word was found in the figure"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_leaves_the_canvas_in_any_language(kind, tables):
    for language in LANGUAGE_CODES:
        fig = draw(kind, tables[kind], language)
        renderer = fig.canvas.get_renderer()
        for text in texts(fig):
            box = text.get_window_extent(renderer)
            assert fig.bbox.x0 - 1 <= box.x0 <= box.x1 <= fig.bbox.x1 + 1, (language, text)
            assert fig.bbox.y0 - 1 <= box.y0 <= box.y1 <= fig.bbox.y1 + 1, (language, text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_drawn_are_the_same_in_every_language(kind, tables):
    drawn = []
    for language in LANGUAGE_CODES:
        fig = draw(kind, tables[kind], language)
        lines = [line.get_xydata() for ax in fig.axes for line in ax.lines]
        bars = [patch.get_bbox().bounds for ax in fig.axes for patch in ax.patches]
        drawn.append([np.concatenate([np.ravel(x) for x in lines] or [[0]]), np.ravel(bars)])
    for other in drawn[1:]:
        for ours, theirs in zip(drawn[0], other, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def write(language, tables):
    """Return every caption and alternative text in a language by what it is of."""
    names = govlib.economies.names(language)
    kaz = names["KAZ"]
    labels = govlib.surveys.labels("bns-trust", language)
    survey = govlib.surveys.info("bns-trust")
    question = survey["questions"]["can-be-trusted"][language]
    source = survey["sources"][0]["publisher"]
    given = {"language": language}
    found = {
        "trend": govlib.describe_trend(tables["trend"], kaz, **given),
        "gaps": govlib.describe_trend(tables["gaps"], kaz, **given),
        "alternative trend": govlib.alternative_text_trend(tables["trend"], kaz, **given),
        "alternative gaps": govlib.alternative_text_trend(tables["gaps"], kaz, **given),
        "editions": govlib.describe_editions(tables["editions"], kaz, **given),
        "alternative editions": govlib.alternative_text_editions(tables["editions"], kaz, **given),
        "claims": govlib.describe_claims(tables["claims"], kaz, **given),
        "alternative claims": govlib.alternative_text_claims(tables["claims"], **given),
        "shares": govlib.describe_shares(
            tables["shares"], question, name=kaz, source=source, **given
        ),
        "alternative shares": govlib.alternative_text_shares(
            tables["shares"], labels=labels, **given
        ),
        "alternative answers": govlib.alternative_text_answers(
            tables["answers"], labels=labels, **given
        ),
        "answer breaks": govlib.describe_answer_breaks(tables["answers"], labels=labels, **given),
        "alternative lines": govlib.alternative_text_single_figures(tables["lines"], **given),
        "alternative none": govlib.alternative_text_single_figures(tables["no_lines"], **given),
    }
    named = {"KAZ": kaz}
    found["alternative against"] = govlib.alternative_text_against(
        *tables["against"], named=named, **given
    )
    words = {"va": govlib.text("dimension.va", language), "egdi": "EGDI"}
    found["alternative standings"] = govlib.alternative_text_standings(
        tables["standings"], labels=words, **given
    )
    of_peers = {"trends": "small"} | {
        kind: kind for kind in ("intervals", "positions", "slopes", "distribution")
    }
    for kind, table in of_peers.items():
        peers = {"highlight": "KAZ", "names": names, **given}
        found[kind] = govlib.describe_peers(tables[table], kind, **peers)
        found[f"alternative {kind}"] = govlib.alternative_text_peers(tables[table], kind, **peers)
    return found


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_captions_are_wholly_in_their_language_and_hold_the_numbers_of_the_english(
    language, tables
):
    english, other = write("en", tables), write(language, tables)
    for of, text in other.items():
        assert latin(text) == [], of
        assert not re.search(r"\d\.\d", text), of
        plain = text.replace(",", ".").replace("\u00a0", "")
        ours = sorted(re.findall(r"[−+]?\d+(?:\.\d+)?", plain))
        theirs = sorted(
            re.findall(r"[−+]?\d+(?:\.\d+)?", re.sub(r"(\d),(\d{3})", r"\1\2", english[of]))
        )
        assert [n for n in theirs if "." in n] == [n for n in ours if "." in n], of


def test_the_alternative_text_has_the_values_that_are_drawn(tables):
    text = govlib.alternative_text_trend(tables["trend"], "Kazakhstan")
    for row in tables["trend"].to_dict("records"):
        assert f"{govlib.number(row['estimate'])} in {row['year']}" in text
    text = govlib.alternative_text_peers(
        tables["positions"], "positions", highlight="KAZ", names={"EST": "Estonia"}
    )
    league = tables["positions"].set_index("economy")
    place = league.loc["KAZ"]
    lower, upper = place["position_lower"], place["position_upper"]
    assert f"KAZ position {place['position']} of 6 (90% interval {lower} to {upper})" in text
    assert "first Estonia" in text
    text = govlib.alternative_text_claims(tables["claims"])
    assert "C2: article 90, ours 89, differs" in text


def test_an_economy_without_estimates_and_an_edition_without_errors_are_described():
    none = govlib.wgi.read(2023, economies="ANT", years=[2018, 2022])
    assert "has no estimate" in govlib.alternative_text_trend(none, "Antilles")
    bare = govlib.wgi.read(2025, economies=PEERS, dimensions="ge", years=2022)
    peers = {"highlight": "KAZ", "names": {}}
    text = govlib.alternative_text_peers(bare, "intervals", **peers)
    assert "interval" not in text and "KAZ 0.1" in text
    assert "errors of the 2025 edition are not held" in govlib.describe_peers(
        bare, "intervals", **peers
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_language_is_refused_before_anything_is_drawn(kind, tables):
    with pytest.raises(UnknownName, match=r"'kz' is not known.*Did you mean kk \(Kazakh\)"):
        draw(kind, tables[kind], "kz")


def test_an_unknown_kind_of_figure_is_named(tables):
    with pytest.raises(UnknownName, match=r"Did you mean slopes\?"):
        govlib.describe_peers(tables["slopes"], "slope", highlight="KAZ", names={})


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_word_of_the_data_has_a_translation(language):
    for name in govlib.surveys.names():
        labels = govlib.surveys.labels(name, language)
        table = govlib.surveys.read(name)
        held = {*table["item"], *table["answer"], *table["group"]}
        assert [w for w in held if re.search("[a-z]", w) and w not in labels] == []
        record = govlib.surveys.info(name)
        assert all(question[language] for question in record["questions"].values())
        assert translate(record["sources"][0]["publisher"], "publisher", language)
    figures = govlib.surveys.single_figures()
    for item in set(figures["item"]):
        assert translate(item, "item", language)
    for publisher in set(figures["publisher"]):
        assert translate(publisher, "publisher", language)
    for unit in {claim.unit for claim in govlib.claims.read_claims().claims}:
        assert translate(unit, "unit", language)
    for verdict in govlib.claims.VERDICTS:
        assert govlib.text(f"verdict.{verdict}", language)
    for base in govlib.survey_table.BASES:
        assert govlib.text(f"base.{base}", language)
    titles = govlib.datasets.economies.group_titles(language)
    assert set(titles) == set(govlib.economies.groups()["group"])
