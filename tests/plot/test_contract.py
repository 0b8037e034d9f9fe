"""What every plot function keeps: languages, gaps in the data, highlights, names, panels, texts."""

import functools
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection

import govlib
from govlib import plot
from govlib.errors import BadTable, UnknownName
from govlib.publish.lint import RULES, SAVED, laid_out

PEERS = ["KAZ", "UZB", "EST", "GEO"]
NAMES = {
    "KAZ": "Қазақстан",
    "UZB": "Ўзбекистон",
    "EST": "Эстония",
    "GEO": "Грузия",
    "police": "Полиция",
    "egdi": "Электронное правительство",
    "va": "Голос",
    "courts": "Суды",
    "prosecutor": "Прокуратура",
    "fully_agree": "Согласны",
    "share": "Доля",
    "share_of_all": "Доля всех",
    "never_or_hard_to_say": "Трудно сказать",
}
ANSWERS = ["partly_agree", "partly_disagree", "fully_disagree", "never_encountered"]
NAMES |= {answer: f"Ответ {i}" for i, answer in enumerate([*ANSWERS, "x"])}
KINDS = ("expert", "ngo", "public", "survey")
NAMES |= {f"{kind}-{i}": f"Источник {i}" for kind in KINDS for i in range(9)}


def wgi(dimensions="ge", years=2022, economies=PEERS, edition=2023):
    return govlib.wgi.read(edition, economies=economies, dimensions=dimensions, years=years)


def league():
    return govlib.stats.league(wgi(), draws=200).merge(
        wgi()[["economy", "estimate", "standard_error"]], on="economy", suffixes=("_old", "")
    )


def editions():
    world = govlib.stats.stack_editions(govlib.wgi.read(e, dimensions="ge") for e in (2022, 2023))
    return world[world["economy"].eq("KAZ") & world["year"].between(2018, 2021)]


def trust(answer=None):
    table = govlib.surveys.read("bns-trust", waves=["2022", "2023-10"], items=["police", "courts"])
    table = govlib.stats.add_share_interval(table.fillna({"respondents": 18005}), design_effect=2)
    return table[table["answer"] == answer] if answer else table


def standings():
    rows = [("egdi", 2018, 80.2, None, None), ("egdi", 2022, 85.9, None, None)]
    rows += [("va", 2018, 16.1, 11.5, 22.4), ("va", 2022, 21.4, 15.1, 26.0)]
    bounds = ["percentile_lower", "percentile_upper"]
    return pd.DataFrame(rows, columns=["indicator", "year", "percentile", *bounds])


def index():
    table = wgi("va")
    return table.assign(value=np.arange(len(table)) / 10)


@functools.cache
def sources():
    scores, _ = govlib.sources.simulate(2023, [f"C{i:02d}" for i in range(60)], [2018, 2022])
    return scores


def left_out():
    table = govlib.sources.drop(sources(), "C07", 2018, 2022)
    return table.replace({"dropped": {"expert-1": "police"}})


def weights():
    table = govlib.sources.weights(govlib.sources.fit(sources()), "C07")
    return table.replace({"source": {"expert-1": "police"}})


def draw_against(table, **options):
    return plot.against(table, table, **options)


def changes():
    return govlib.wgi.change(wgi(years=None), 2018, 2022)


CASES = {
    "trend": (plot.trend, lambda: wgi(["ge", "va"], range(2018, 2023), "KAZ"), "estimate"),
    "intervals": (plot.intervals, wgi, "estimate"),
    "gaps": (plot.gaps, lambda: govlib.stats.gap(wgi(["ge", "va"])), "gap"),
    "positions": (plot.positions, league, "position"),
    "changes": (plot.changes, changes, "change"),
    "distribution": (
        plot.distribution,
        lambda: govlib.stats.ranks(wgi(economies=None)),
        "estimate",
    ),
    "editions": (plot.editions, editions, "estimate"),
    "shares": (plot.shares, lambda: trust("fully_agree"), "share"),
    "answers": (plot.answers, trust, "share"),
    "standings": (plot.standings, standings, "percentile"),
    "against": (draw_against, index, "estimate"),
    "left_out": (plot.left_out, left_out, "change"),
    "weights": (plot.weights, weights, "weight"),
}
OWN = {"trend": "ge", "editions": "2020", "standings": "va"}
OWN |= dict.fromkeys(["shares", "answers", "left_out", "weights"], "police")
UP = {"trend", "editions", "standings", "answers"}
LIMITS = {"gaps": "gap", "changes": "change", "shares": "share", "left_out": "change"}
WITH_ERRORS = ["trend", "intervals", "distribution", "editions", "against"]
ACROSS = ["intervals", "gaps", "changes", "positions", "distribution", *OWN.keys() - UP]
TABLES = {kind: functools.cache(make) for kind, (_, make, _) in CASES.items()}


def draw(kind, table=None, profile="paper", **options):
    fig, ax = plot.figure(profile=profile)
    table = TABLES[kind]() if table is None else table
    assert CASES[kind][0](table, ax=ax, **options) is ax
    [(found, panel)] = plot.panels(fig)
    assert found is ax and panel.kind == kind
    return fig, ax, panel


def texts(ax):
    found = [*ax.texts, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels()]
    found += ax.get_yticklabels()
    found += ax.get_legend().get_texts() if ax.get_legend() else []
    return [text.get_text().replace("\n", " ") for text in found if text.get_text()]


@pytest.mark.parametrize(
    ("profile", "language"), [("slides", "en"), ("nature-single", "ru"), ("springer-single", "kk")]
)
@pytest.mark.parametrize("kind", CASES)
def test_a_figure_is_in_its_language_and_nothing_leaves_the_canvas(kind, profile, language):
    options = {"profile": profile, "language": language, "names": NAMES}
    fig, ax, panel = draw(kind, highlight=OWN.get(kind, "KAZ"), **options)
    fig.draw_without_rendering()
    described = plot.describe(ax)
    assert described.language == panel.language == language
    assert described.caption.startswith(described.title) and described.title.endswith(".")
    assert described.alternative_text
    assert described.tables == [panel.table]
    hovers = [point.label for point in panel.points]
    for text in [*texts(ax), described.caption, described.alternative_text, *hovers]:
        if language != "en":
            assert not re.search("[A-Za-z]{4}", text), text
            assert not re.search(r"\d\.\d", text), text  # a decimal comma
    box, (width, height) = fig.get_tightbbox(), fig.get_size_inches()
    assert box.x0 >= -0.01 and box.x1 <= width + 0.01
    assert box.y0 >= -0.01 and box.y1 <= height + 0.01
    if legend := ax.get_legend():
        assert legend.get_window_extent().y1 <= ax.xaxis.label.get_window_extent().y0 + 1


@pytest.mark.parametrize("kind", CASES)
def test_points_and_intervals_are_the_tables_and_stand_where_they_are_drawn(kind):
    table, column = TABLES[kind](), CASES[kind][2]
    _, ax, panel = draw(kind, table, language="ru", names=NAMES)
    values = table[column].dropna().astype("float64")
    if kind == "answers":
        assert len(panel.points) == (values > 0).sum()
        widths = [bar.get_width() for bars in ax.containers for bar in bars]
        assert sorted(w for w in widths if w) == pytest.approx(sorted(values[values > 0]))
        return
    side = 0 if kind in ACROSS else 1
    found = sorted((point.x, point.y)[side] for point in panel.points)
    values = values * (100 if kind == "weights" else 1) - (0.5 if kind == "positions" else 0)
    assert found == pytest.approx(sorted(values))
    drawn = [line.get_xydata() for line in ax.lines]
    drawn += [dots.get_offsets() for dots in ax.collections if kind == "distribution"]
    drawn = [np.asarray(xy, "float64").reshape(-1, 2) for xy in drawn]
    drawn = np.concatenate([*drawn, np.empty((0, 2))])
    for point in panel.points if kind != "positions" else []:
        near = np.isclose(drawn, (point.x, point.y))
        assert near.all(axis=1).any() or (kind == "distribution" and near[:, 0].any()), point
    # What only some rows have: bands in test_lines, the own interval in test_world, one for scale.
    if kind in LIMITS:
        known = table[[f"{LIMITS[kind]}_lower", f"{LIMITS[kind]}_upper"]].astype("float64")
    elif kind == "intervals":
        half = 1.64 * table["standard_error"]
        known = pd.concat([table["estimate"] - half, table["estimate"] + half], axis=1)
    else:
        return
    parts = [part for bars in ax.containers for part in bars.lines[2]]
    segments = [one for part in parts for one in part.get_segments() if len(one)]
    ends = np.array(sorted(sorted(one[:, side]) for one in segments))
    assert ends == pytest.approx(np.array(sorted(known.dropna().to_numpy().tolist())))


@pytest.mark.parametrize("kind", WITH_ERRORS)
def test_without_errors_no_intervals_are_drawn_and_the_texts_say_so(kind):
    table = TABLES[kind]().assign(standard_error=np.nan)
    fig, ax, panel = draw(kind, table, highlight="KAZ")
    ranges = [part for bars in ax.containers for part in bars.lines[2]]
    assert not ranges
    assert all("no interval" in point.label for point in panel.points)
    assert "90% intervals (" not in plot.describe(fig).caption


@pytest.mark.parametrize("kind", ["trend", "intervals", "gaps", "changes", "distribution"])
def test_what_rests_on_an_assumed_error_is_dashed_and_told(kind):
    table = TABLES[kind]()
    for assumed in (np.nan, 0.2):
        fig, ax, _ = draw(kind, table.assign(assumed_error=assumed), highlight=OWN.get(kind, "KAZ"))
        drawn = [part for bars in ax.containers for part in bars.lines[2]]
        drawn += [part for part in ax.collections if isinstance(part, FillBetweenPolyCollection)]
        dashed = [part.get_linestyle()[0][1] is not None for part in drawn]
        assert any(dashed) == (assumed == 0.2)
        assert kind == "trend" or all(dashed) == (assumed == 0.2)
        assert ("Assumed error (dashed): 0.20" in plot.describe(fig).caption) == (assumed == 0.2)


@pytest.mark.parametrize("kind", [kind for kind in CASES if kind not in ("answers", "positions")])
def test_without_values_an_empty_frame_is_described(kind):
    table, column = TABLES[kind](), CASES[kind][2]
    missing = dict.fromkeys([column, "estimate"] if "estimate" in table else [column], np.nan)
    empty = table.assign(**missing)
    fig, _, panel = draw(kind, empty, highlight="KAZ")
    assert panel.points == []
    assert plot.describe(fig).caption
    fig.draw_without_rendering()


@pytest.mark.parametrize("kind", [kind for kind in CASES if kind != "left_out"])  # its own: of all
def test_a_highlight_is_seen_and_one_that_is_not_there_changes_nothing(kind):
    seen = ["color", "facecolor", "linewidth", "markersize", "fontweight", "text", "xydata"]
    looks = [
        str([getattr(one, f"get_{key}", str)() for one in fig.findobj() for key in seen])
        for fig in (draw(kind, highlight=h)[0] for h in (None, "ZZZ", OWN.get(kind, "KAZ")))
    ]
    assert looks[0] == looks[1] != looks[2]


def test_a_misspelt_option_is_named_with_those_that_exist():
    with pytest.raises(TypeError, match=r"no option 'highlite'.* takes highlight, names.* mean"):
        plot.answers(trust("fully_agree"), highlite="police")
    with pytest.raises(BadTable, match="No panel is asked for"):
        plot.share_panels({}, order=[])


@pytest.mark.parametrize("kind", CASES)
def test_an_unknown_language_is_rejected_before_anything_is_drawn(kind):
    ax = plot.figure()[1]
    with pytest.raises(UnknownName, match="language = 'de' is not known"):
        CASES[kind][0](TABLES[kind](), language="de", ax=ax)
    assert not ax.lines and not ax.containers and not ax.collections


def test_the_current_axes_are_used_or_a_new_figure_is_made():
    ax = plot.intervals(wgi())
    assert plot.profile_of(ax.figure) == "paper"
    assert plot.intervals(wgi()) is ax


def test_by_dimension_draws_a_panel_for_each_dimension_that_has_rows():
    table = wgi(["ge", "va", "cc"])
    fig = plot.by_dimension(
        table[table["dimension"] != "cc"],
        plot.intervals,
        profile="nature-double",
        dimensions=["va", "cc", "ge"],
        order=["KAZ", "GEO", "UZB", "EST"],
        highlight="KAZ",
        names=govlib.economies.names(),
    )
    for ax, panel in plot.panels(fig):  # in one order, each estimate in the row of its name
        rows = panel.table.set_index("economy")["estimate"]
        places = {point.y: point.x for point in panel.points}
        assert [places[i] for i in range(4)] == rows[["KAZ", "GEO", "UZB", "EST"]].tolist()
        drawn = {y: x for bars in ax.containers for x, y in bars.lines[0].get_xydata()}
        assert drawn == pytest.approx(places)
    assert [t.get_text() for t in fig.axes[0].get_yticklabels()] == [
        *["Kazakhstan", "Georgia", "Uzbekistan", "Estonia"]
    ]
    assert [ax.yaxis.get_tick_params()["labelleft"] for ax in fig.axes] == [True, False]
    titles = [ax.get_title() for ax, _ in plot.panels(fig)]
    assert titles == ["Voice and Accountability", "Government Effectiveness"]
    assert plot.profile_of(fig) == "nature-double"
    described = plot.describe(fig)
    assert described.caption.startswith(
        "(a) Voice and Accountability; (b) Government Effectiveness."
    )
    assert "Kazakhstan among 4 countries, 2022." in described.caption
    assert len(described.tables) == 2
    with pytest.raises(govlib.errors.BadTable, match="has no rows of pv; it has cc, ge, va"):
        plot.by_dimension(table, plot.intervals, dimensions=["pv"])


def test_panels_of_several_kinds_are_described_in_turn():
    fig, (above, below) = plot.figure(panels=2, panel_width=110)
    plot.standings(TABLES["standings"](), names=NAMES, language="ru", ax=above)
    plot.trend(wgi("va", range(2018, 2023), "KAZ"), names=NAMES, language="ru", ax=below)
    plot.letter((above, below), language="ru")
    described = plot.describe(fig)
    assert described.caption.startswith("(а) ") and "(б) Право голоса" in described.caption
    assert [ax.get_title(loc="left") for ax in fig.axes] == ["а", "б"]
    assert plot.describe(below).caption in described.caption
    below.set_visible(False)
    assert [ax for ax, _ in plot.panels(fig)] == [above]
    assert plot.describe(plt.figure()).caption == ""


@pytest.mark.parametrize(("profile", "language"), [("web", "en"), ("slides", "ru")])
@pytest.mark.parametrize("kind", CASES)
def test_figures_for_the_web_and_slides_say_above_what_was_found(kind, profile, language):
    names = {**govlib.economies.names(language), **NAMES}
    options = {"names": names, "language": language}
    fig, ax, _ = draw(kind, profile=profile, highlight=OWN.get(kind, "KAZ"), **options)
    if kind == "against":
        ax.set_xlabel("x (0 to 1)")
    before, said = tuple(fig.get_size_inches()), plot.describe(fig)
    found = plot.find_profile(profile)
    with laid_out(fig, found) as drawing:
        problems = [text for rule in SAVED for text in RULES[rule](drawing, found)]
        title, subtitle, source = (text.get_text().replace("\n", " ") for text in fig.texts)
    assert problems == []
    assert said.alternative_text.startswith(title + ".") and said.caption.startswith(subtitle[:9])
    assert not re.match("Line|Dot|Scatter|Bar|Point|Tile|Лин|Точ|Плит", title)
    assert source.startswith(("Source", "Источник")) == (
        kind not in ("against", "left_out", "weights") and "edition" in TABLES[kind]()
    )
    assert fig.texts == [] and tuple(fig.get_size_inches()) == before
    plot.letter([ax])
    assert not ax.get_title(loc="left")  # letters are for journals
