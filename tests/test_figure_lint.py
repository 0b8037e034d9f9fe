"""Figures checked: each rule finds what is wrong, and every committed figure passes its profile."""

import io

import matplotlib.pyplot as plt
import pytest
from click.testing import CliRunner
from PIL import Image

from govlib.cli import cli
from govlib.datasets import package as catalog
from govlib.errors import BadFile, UnknownName
from govlib.plot.profiles import read_profiles
from govlib.publish import drawings, metadata
from govlib.publish import lint as figure_lint
from govlib.publish.lint import RULES, colour_distance, lint_figure

FIGURES = catalog.project_folder() / "figures"
KINDS = (".pdf", ".svg", ".png")
COMMITTED = sorted(path for path in FIGURES.rglob("*") if path.suffix in KINDS)


def good():
    """Draw a figure that passes every rule."""
    fig, ax = plt.subplots()
    ax.plot([0, 1, 2], [1.5, 2.5, 2], "o-", color="#0072B2", label="one")
    ax.plot([0, 1, 2], [1.2, 1.3, 1.9], "s--", color="#D55E00", label="other")
    ax.set(xlabel="Distance (km)", ylabel="Income (US dollars)")
    return fig


def lint(fig, profile="paper"):
    with plt.style.context("govlib.paper"):
        return lint_figure(fig, profile=profile)


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("govlib.paper"):
        yield
    plt.close("all")


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.name)
def test_every_committed_figure_passes_its_profile(path):
    findings = lint_figure(path)
    assert findings.empty, findings.to_string()


def test_a_good_figure_passes():
    assert lint(good()).empty


def too_wide(fig):
    fig.set_size_inches(8, 3)


def too_high(fig):
    fig.set_size_inches(4, 10)


def too_small(fig):
    fig.axes[0].tick_params(labelsize=4)


def type_three(fig):
    plt.rcParams["pdf.fonttype"] = 3


def too_thin(fig):
    fig.axes[0].lines[0].set_linewidth(0.1)


def alike_to_some(fig):  # blue-green and blue are one colour with tritanopia
    fig.axes[0].lines[0].set(color="#009E9E", markeredgecolor="#009E9E")
    fig.axes[0].lines[1].set(color="#009E73", markeredgecolor="#009E73")


def alike_in_grey(fig):  # told apart by colour alone
    for line, colour in zip(fig.axes[0].lines, ("#D55E00", "#009E73"), strict=True):
        line.set(color=colour, marker="o", linestyle="-")


def bars_alike_in_grey(fig):
    fig.axes[0].bar([0], [1], color="#92C5DE")
    fig.axes[0].bar([0], [1], bottom=[1], color="#F4A582")


def covered(fig):
    fig.axes[0].text(1, 1.5, "covered by another")
    fig.axes[0].text(1.02, 1.52, "that covers it")


def neighbours_covered(fig):  # as ticks are that stand too close
    fig.axes[0].set_xticks([1, 1.11, 1.22], ["2018", "2019", "2020"])


def cut_off(fig):
    fig.axes[0].text(1.5, 1.5, "a text that goes on and on to the right of all")


def unlabelled(fig):
    fig.axes[0].set_ylabel("")


def without_unit(fig):
    fig.axes[0].set_ylabel("Income")


BAD = {
    too_wide: ("width", "203.2 mm wide; at most 183 mm"),
    too_high: ("height", "254.0 mm high; at most 240 mm"),
    too_small: ("text-size", "of 4 pt"),
    type_three: ("fonts", "is not embedded|is not TrueType"),
    too_thin: ("line-weight", "thinner than 0.3 pt, down to 0.1"),
    alike_to_some: ("colours", "look alike with tritanopia"),
    alike_in_grey: ("colours", "look alike in grey"),
    bars_alike_in_grey: ("colours", "#92c5de and #f4a582 look alike in grey"),
    covered: ("overlap", "cover each other"),
    neighbours_covered: ("overlap", "'2018' and '2019' cover each other"),
    cut_off: ("canvas", "reaches beyond the edge"),
    unlabelled: ("axis-label", "the y axis .* has no label"),
    without_unit: ("unit", "'Income' names no unit"),
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_a_bad_figure_fails_the_rule_that_it_breaks_and_no_other(spoil):
    fig = good()
    spoil(fig)
    found = lint_figure(fig)
    rule, words = BAD[spoil]
    assert set(found["rule"]) == {rule}, found.to_string()
    assert found["finding"].str.contains(words, regex=True).any(), found.to_string()
    assert (found["change"].str.len() > 10).all()


@pytest.mark.parametrize("spoil", [too_wide, too_high, too_small, too_thin, alike_to_some])
def test_an_eps_fails_as_the_pdf_does(spoil, tmp_path):
    fig = good()
    spoil(fig)
    fig.savefig(tmp_path / "x.eps")
    found = lint_figure(tmp_path / "x.eps")
    rule, words = BAD[spoil]
    assert set(found["rule"]) == {rule, "alternative-text"}, found.to_string()
    assert found["finding"].str.contains(words, regex=True).any(), found.to_string()


def test_an_eps_says_how_its_fonts_are_held_and_draws_what_the_pdf_draws(tmp_path):
    fig = good()
    fig.axes[0].set_title("Ғ ә қ − 100 %")
    for kind in ("eps", "pdf"):
        fig.savefig(tmp_path / f"x.{kind}")
    eps, pdf = (drawings.read_drawing(tmp_path / f"x.{kind}") for kind in ("eps", "pdf"))
    said = [sorted((t["text"], t["size_pt"]) for t in one["texts"]) for one in (eps, pdf)]
    assert said[0] == said[1]
    assert (eps["colours"], set(eps["lines_pt"])) == (pdf["colours"], set(pdf["lines_pt"]))
    assert set(eps["fonts"].values()) == {"TrueType"}
    with plt.rc_context({"ps.fonttype": 3}):
        good().savefig(tmp_path / "x.eps")
    assert "fonts" in set(lint_figure(tmp_path / "x.eps")["rule"])
    source = (tmp_path / "x.eps").read_text("latin-1")
    (tmp_path / "x.eps").write_text(source.replace("/FontName /", "/FontName /Other"), "latin-1")
    found = lint_figure(tmp_path / "x.eps")["finding"]
    assert found.str.contains("is not embedded").any()


def test_pixels_too_few_and_a_missing_alternative_text_are_found(tmp_path):
    path = tmp_path / "x.png"
    good().savefig(path, dpi=100)
    found = lint_figure(path).set_index("rule")["finding"]
    assert found["resolution"] == "100 dots per inch; 300 are asked for"
    assert found["alternative-text"] == "no alternative text"
    assert {rule for rule, _ in BAD.values()} | set(found.index) == set(RULES)


def test_a_file_is_checked_for_the_profile_it_was_saved_for(tmp_path, monkeypatch):
    made = {"parameters": {"profile": "nature-single"}}
    monkeypatch.setattr(
        figure_lint, "read_metadata", lambda _: {"alternative_text": "words", "made": made}
    )
    path = tmp_path / "x.pdf"
    good().savefig(path)
    assert set(lint_figure(path)["rule"]) == {"width"}
    assert lint_figure(path, profile="paper").empty


def test_a_profile_asks_for_its_own_sizes():
    found = lint(good(), "springer-single").set_index("rule")["finding"]
    assert found["width"].startswith("119.9 mm wide; at most 84 mm")
    assert "of 7 pt" in found["text-size"]


def test_an_axis_of_years_or_words_or_one_label_for_all_needs_no_other():
    fig, axes = plt.subplots(1, 2)
    for ax in axes:
        ax.plot([2018, 2022], [1, 2])
        ax.set_xticks([2018, 2020, 2022])
        ax.set_yticks([1, 2], ["low", "high"])
    assert lint(fig).empty
    axes[0].set_yticks([0.5, 1.5], ["0.5", "1.5"])
    assert set(lint(fig)["rule"]) == {"axis-label"}
    fig.supxlabel("Other axis (km)")
    assert set(lint(fig)["rule"]) == {"axis-label"}
    fig.supylabel("Share (percent)")
    assert lint(fig).empty


def test_an_svg_from_elsewhere_may_bring_its_own_alternative_text(tmp_path):
    content = io.StringIO()
    good().savefig(content, format="svg")
    path = tmp_path / "x.svg"
    path.write_text(content.getvalue(), "utf-8")
    assert set(lint_figure(path)["rule"]) == {"alternative-text"}
    path.write_text(content.getvalue().replace("<defs>", "<desc>words</desc><defs>", 1), "utf-8")
    assert lint_figure(path).empty


def test_colours_are_as_far_apart_as_published():
    # Black and white are 100 apart in lightness; a simulation leaves greys as they are.
    assert colour_distance("#000000", "#ffffff", "grey") == pytest.approx(100, abs=0.1)
    red_green = [colour_distance("#d00000", "#4a7a00", v) for v in ("normal", "deuteranomaly")]
    assert red_green[1] < red_green[0] / 2


def test_what_cannot_be_read_is_named(tmp_path):
    (tmp_path / "x.pdf").write_bytes(b"not a PDF")
    with pytest.raises(BadFile, match=r"x\.pdf is no PDF file of a figure"):
        lint_figure(tmp_path / "x.pdf")
    other = (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: -9 -9 135 63\n/w {pop setgray} def\n1 w stroke\n"
    )
    (tmp_path / "x.eps").write_bytes(other)  # as other programs write it
    assert set(lint_figure(tmp_path / "x.eps")["rule"]) == {"alternative-text"}
    (tmp_path / "x.eps").write_bytes(b"%!PS-Adobe-3.0")
    with pytest.raises(BadFile, match=r"x\.eps is no EPS file of a figure.*bounding box"):
        lint_figure(tmp_path / "x.eps")
    with pytest.raises(BadFile, match=r"gone\.svg cannot be read"):
        lint_figure(tmp_path / "gone.svg")
    with pytest.raises(UnknownName, match=r"x\.gif is not a figure .* readable: pdf, svg"):
        lint_figure(tmp_path / "x.gif")
    with pytest.raises(UnknownName, match="Did you mean web"):
        lint_figure(good(), profile="wbe")


def test_the_command_prints_what_to_change_and_what_a_format_hides(tmp_path):
    path = tmp_path / "x.png"
    good().savefig(path, dpi=100)
    done = CliRunner().invoke(cli, ["lint-figure", str(path), "--profile", "slides"])
    assert done.exit_code == 1
    assert (
        "x.png: resolution: 100 dots per inch; 150 are asked for. Save with dpi=150" in done.output
    )
    assert "x.png: width: 119.9 mm wide; 338.7 mm are asked for" in done.output
    assert "not to be seen in this format: text-size, fonts" in done.output
    committed = FIGURES / "2023" / "KAZ" / "01-effectiveness-and-voice.pdf"
    done = CliRunner().invoke(cli, ["lint-figure", str(committed)])
    assert ("passes width" in done.output) == (done.exit_code == 0)


@pytest.mark.parametrize("name", ["paper", "nature-single", "plos-column", "slides"])
def test_what_is_saved_for_a_profile_passes_it(tmp_path, name):
    import govlib

    table = govlib.wgi.read(2023, economies="KAZ", years=range(2018, 2023))
    fig, ax = plt.subplots()
    govlib.plot_trend(table[table["dimension"].isin(["ge", "va"])], ax=ax)
    numbers = {"alternative_text": "Two lines."}
    files = govlib.save_figure(fig, "x", tmp_path, data=table, numbers=numbers, profile=name)
    for path in files:
        if path.suffix in (*KINDS, ".eps", ".tiff"):
            assert lint_figure(path).empty, lint_figure(path).to_string()
            assert (
                metadata.read_metadata(path)["made"]["parameters"].get("profile", "paper") == name
            )
    with Image.open(tmp_path / ("" if name == "paper" else name) / "x.png") as image:
        assert image.info["dpi"][0] == pytest.approx(read_profiles()[name]["dpi"], abs=0.5)
