"""Figures made to fit: sizes as asked, the figure itself untouched, nothing cut or covered."""

import io
import threading

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text
from PIL import Image

import govlib
from govlib.errors import BadParameter
from govlib.plot import fitting, profiles
from govlib.plot.profiles import profile_style
from govlib.publish import drawings, metadata

PROFILES = profiles.read_profiles()
ABOUT = {
    "title": "t",
    "caption": "",
    "alternative_text": "",
    "language": "en",
    "made": {
        "data": [],
        "software": {},
        "licence": "",
        "citation": "",
        "parameters": {},
    },
}


@pytest.fixture
def trend():
    with plt.style.context("govlib.paper"):
        fig, ax = plt.subplots()
        table = govlib.wgi.read(2023, economies="KAZ", years=range(2018, 2023))
        govlib.plot_trend(table[table["dimension"].isin(["ge", "va"])], ax=ax)
        yield fig
        plt.close(fig)


def looks(fig):
    texts = [
        (t.get_text(), t.get_fontsize(), *t.get_fontfamily(), t.get_text())
        for t in fig.findobj(Text)
    ]
    return texts, [line.get_linewidth() for line in fig.findobj(Line2D)], [*fig.get_size_inches()]


def drawn(fig, profile):
    fitted, scale, *_ = fitting.fit_figure(fig, profile)
    content = io.BytesIO()
    with plt.rc_context(profile_style(profile)):
        fitted.savefig(content, format="pdf")
    return drawings.parse_drawing(metadata.embed_pdf(content.getvalue(), ABOUT, scale=scale), "pdf")


@pytest.mark.parametrize("name", [name for name in PROFILES if name != "paper"])
def test_a_figure_has_the_sizes_of_its_profile(trend, name):
    profile = PROFILES[name]
    before, number = looks(trend), plt.get_fignums()
    found = drawn(trend, profile)
    assert found["width_mm"] == pytest.approx(profile["width_mm"], abs=0.1)
    assert found["height_mm"] <= profile["max_height_mm"] + 0.1
    sizes = [text["size_pt"] for text in found["texts"]]
    assert min(sizes) >= profile["smallest_pt"] - 0.01
    assert max(sizes) == pytest.approx(profile["font_size_pt"], abs=0.01)
    assert min(found["lines_pt"]) >= profile["thinnest_pt"] - 0.01
    assert {key.split("+")[1]: how for key, how in found["fonts"].items()} == {
        "ArimoGovlib-Regular": "TrueType"
    }
    assert drawings.overlapping_texts(found) == drawings.leaving_texts(found) == []
    # The caller's figure is as it was, and no second one is left open.
    assert (looks(trend), plt.get_fignums()) == (before, number)


def test_on_paper_a_figure_is_saved_as_it_was_drawn(trend):
    content = io.BytesIO()
    _, scale, pdf, _ = fitting.fit_figure(trend, PROFILES["paper"])
    with plt.rc_context(profile_style(PROFILES["paper"])):
        trend.savefig(content, format="pdf")
    fitted, plain = (drawings.parse_drawing(c, "pdf") for c in (pdf, content.getvalue()))
    assert scale == 1
    assert len(fitted["texts"]) > 10
    for one, other in zip(fitted["texts"], plain["texts"], strict=True):
        assert (one["text"], one["size_pt"]) == (other["text"], other["size_pt"])
        assert one["box"] == pytest.approx(other["box"], abs=1)


@pytest.mark.parametrize("name", ["paper", "slides"])
def test_a_fitted_figure_is_not_laid_out_again_for_each_format(trend, name):
    def places(figure):
        return [ax.get_position(original=False).bounds for ax in figure.axes]

    copy, _, pdf, _ = fitting.fit_figure(trend, PROFILES[name])
    assert copy.get_layout_engine() is None
    before = places(copy)
    with plt.rc_context(profile_style(PROFILES[name])):
        for kind in ("svg", "png"):
            copy.savefig(io.BytesIO(), format=kind)
    assert places(copy) == before
    assert trend.get_layout_engine() is not None  # the figure itself is as it was
    assert drawings.leaving_texts(drawings.parse_drawing(pdf, "pdf")) == []


@pytest.mark.parametrize("name", ["paper", "slides"])
def test_a_figure_is_saved_alike_however_often_it_was_drawn(trend, name, tmp_path):
    folders = [tmp_path / "before", tmp_path / "after"]
    data = govlib.wgi.read(2023, economies="KAZ", dimensions="ge")
    for folder in folders:
        govlib.save_figure(trend, "one", folder, data=data, numbers={}, profile=name)
        trend.savefig(io.BytesIO(), format="png", bbox_inches="tight")  # as a notebook shows it
    for path in (tmp_path / "before").rglob("one.*"):
        assert path.read_bytes() == (folders[1] / path.relative_to(folders[0])).read_bytes()


def test_on_paper_the_reduced_font_is_embedded_and_another_one_kept(trend):
    def fonts():
        drawn_fonts = drawn(trend, PROFILES["paper"])["fonts"]
        return {name.split("+")[1] for name in drawn_fonts}

    assert fonts() == {"DejaVuSansGovlib"}
    trend.axes[0].set_title("Written in serifs, and გამარჯობა", fontfamily="DejaVu Serif")
    assert fonts() == {"DejaVuSansGovlib", "DejaVuSerif"}
    # Letters that the reduced font does not have.
    trend.axes[0].set_title("გამარჯობა", fontfamily="DejaVu Sans")
    assert fonts() == {"DejaVuSansGovlib", "DejaVuSans"}


@pytest.mark.parametrize("name", ["paper", "nature-single", "slides"])
@pytest.mark.parametrize("part", ["title", "xlabel", "ylabel", "legend"])
def test_a_label_of_two_hundred_letters_is_broken_into_lines(trend, name, part):
    words = ("a label that goes on for very long " * 6)[:200]
    ax = trend.axes[0]
    if part == "legend":
        ax.get_legend().get_texts()[0].set_text(words)
    else:
        ax.set(**{part: words})
    try:
        found = drawn(trend, PROFILES[name])
    except BadParameter as error:  # narrow and low: the lines would cover the legend
        assert name == "nature-single"
        assert "cover each other. Show fewer" in str(error)
        return
    assert drawings.leaving_texts(found) == []
    # Every letter is still there, however it is broken.
    lines = "".join(text["text"] for text in found["texts"]).replace(" ", "")
    assert words.split()[-1] in lines
    assert len(lines) > 200 - words.count(" ")


def test_lines_broken_at_a_hyphen_are_broken_anew_without_a_blank(trend):
    ax = trend.axes[0]
    words = "Саяси тұрақтылық және зорлық-зомбылық пен терроризмнің болмауы " * 3
    ax.set_title(words.replace("зорлық-", "зорлық-\n", 1))
    copy, *_ = fitting.fit_figure(trend, PROFILES["web"])
    shown = copy.axes[0].get_title()
    assert "\n" in shown
    assert "- " not in shown
    assert shown.replace("-\n", "-").split() == words.split()


def test_the_pixels_are_those_that_matplotlib_saves_and_no_letter_touches_their_edge():
    ranked = govlib.stats.ranks(govlib.wgi.read(2023, dimensions=["ge", "va"], years=2022))
    with plt.style.context("govlib.paper"):
        fig, axes = plt.subplots(1, 2, figsize=(7.1, 3.2))
    for code, ax in zip(("ge", "va"), axes, strict=True):
        rows = ranked[ranked["dimension"] == code]
        govlib.plot_distribution(rows, highlight="KAZ", language="kk", ax=ax)
        ax.set_title(govlib.text(f"dimension.{code}", "kk"), fontsize=7)
    profile = PROFILES["nature-single"]
    copy, scale, _, png = fitting.fit_figure(fig, profile)
    with Image.open(io.BytesIO(png)) as image:
        pixels = np.asarray(image)
    with plt.rc_context(profile_style(profile)):
        content = io.BytesIO()
        copy.savefig(content, format="png", dpi=profile["dpi"] * scale)
    with Image.open(content) as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), pixels)
    assert pixels[:, [0, -1]].min() == pixels[[0, -1]].min() == 255
    assert pixels.min() < 100
    plt.close(fig)


@pytest.mark.parametrize("name", ["paper", "nature-single"])
def test_what_cannot_be_broken_is_named(trend, name):
    trend.axes[0].text(0.5, 0.5, "y" * 200, transform=trend.axes[0].transAxes)
    with pytest.raises(BadParameter, match=rf"does not fit the profile {name}.*'yyy"):
        fitting.fit_figure(trend, PROFILES[name])


def test_rows_without_room_for_their_names_are_refused_with_what_to_do():
    with plt.style.context("govlib.paper"):
        fig, ax = plt.subplots(figsize=(4.7, 9))
        ax.set_yticks(range(90), [f"economy {i}" for i in range(90)])
        with pytest.raises(BadParameter, match=r"slides .*cover each other. Show fewer"):
            fitting.fit_figure(fig, PROFILES["slides"])
        plt.close(fig)


def test_a_figure_with_functions_is_copied_and_what_cannot_be_is_named(trend):
    ax = trend.axes[0]
    ax.xaxis.set_major_formatter(lambda x, _: f"in {x:.0f}")
    bars = ax.bar([2018], [0.5])
    [label] = ax.bar_label(bars, ["middle"], label_type="center")
    fitted, *_ = fitting.fit_figure(trend, PROFILES["nature-double"])
    # The label keeps to the bar of the copy, not to that of the figure.
    [text] = [text for text in fitted.findobj(Text) if text.get_text() == "middle"]
    bar = fitted.axes[0].patches[0].get_window_extent()
    middle = text.get_window_extent()
    assert bar.x0 < (middle.x0 + middle.x1) / 2 < bar.x1
    label.connection = threading.Lock()
    with pytest.raises(BadParameter, match=r"cannot be copied .* without open files and conn"):
        fitting.fit_figure(trend, PROFILES["web"])


def test_a_legend_of_many_columns_is_given_fewer():
    with plt.style.context("govlib.paper"):
        fig, ax = plt.subplots(figsize=(7, 4))
        for i in range(8):
            ax.plot([1, 2], [i, i + 1], label=f"edition 20{i}")
        fig.legend(loc="outside lower center", ncols=8)
        found = drawn(fig, PROFILES["nature-single"])
        plt.close(fig)
    entries = [text for text in found["texts"] if text["text"].startswith("edition")]
    assert len(entries) == 8
    assert 2 <= len({round(text["box"][1]) for text in entries}) <= 4


def test_a_figure_higher_than_the_page_is_refused():
    fig = plt.figure(figsize=(4, 11))
    with pytest.raises(BadParameter, match=r"279.4 mm high; the profile paper allows 240 mm"):
        fitting.fit_figure(fig, PROFILES["paper"])
    plt.close(fig)
