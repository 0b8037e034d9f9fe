"""Figures checked: each rule finds what is wrong, and what is saved passes."""

import re
import sys

import pytest
from pypdf import PdfReader

from govlib.errors import UnknownName
from govlib.plot._style import figure
from govlib.publish.lint import RULES, colour_distance, lint_figure
from govlib.publish.save import save


def good(profile="paper"):
    """Draw a figure that passes every rule."""
    fig, ax = figure(profile=profile)
    ax.plot([0, 1, 2], [1.5, 2.5, 2], "o-", color="#0072B2", label="one")
    ax.plot([0, 1, 2], [1.2, 1.3, 1.9], "s--", color="#D55E00", label="other")
    ax.set(xlabel="Distance (km)", ylabel="Income (US dollars)")
    return fig, ax


def failed(figure, **options):
    found = lint_figure(figure, **options)
    return found[found["verdict"] == "failed"].groupby("check")["finding"].first().to_dict()


def recolour(ax, *colours, **form):
    for line, colour in zip(ax.lines, colours, strict=True):
        line.set(color=colour, markeredgecolor=colour, **form)


BAD = {
    "too wide": ("size", "203.2 mm wide; paper allows 183 mm",
                 lambda fig, ax: fig.set_size_inches(8, 3)),
    "too high": ("size", "254.0 mm high; paper allows 240 mm",
                 lambda fig, ax: fig.set_size_inches(4, 10)),
    "small": ("text-size", "of 4 pt; paper asks for at least 6 pt",
              lambda fig, ax: ax.tick_params(labelsize=4)),
    "thin": ("line-weight", "thinner than 0.3 pt, down to 0.1",
             lambda fig, ax: ax.lines[0].set_linewidth(0.1)),
    "lines over lines": ("overlap", "cover each other",
                         lambda fig, ax: [ax.text(1, 1.6 + i / 50, "two\nlines") for i in (0, 1)]),
    "no letter": ("fonts", "No font of paper has '中' .U.4E2D, CJK .*, in 'Distance",
                  lambda fig, ax: ax.set_xlabel("Distance 中 (km)")),
    "no character": ("fonts", "'Share.*' has the control character U.0007: take it out",
                     lambda fig, ax: ax.set_xlabel("Share\x07 (%)")),
    "alike to some": ("colours", "look alike with tritanopia",
                      lambda fig, ax: recolour(ax, "#009E9E", "#009E73")),
    "told apart by colour alone": (
        "colours", "look alike in grey",
        lambda fig, ax: recolour(ax, "#D55E00", "#009E73", marker="o", linestyle="-")),
    "bars alike in grey": (
        "colours", "#92c5de and #f4a582 look alike in grey",
        lambda fig, ax: [ax.bar([0], [1], color="#92C5DE"),
                         ax.bar([0], [1], bottom=[1], color="#F4A582")]),
    "faint": ("contrast", "'hardly to be read', have a contrast of 2.8; 4.5 is needed",
              lambda fig, ax: ax.text(0.5, 2.3, "hardly to be read", color="0.6")),
    "faint on an area": (
        "contrast", "'A', have a contrast of 4.0",
        lambda fig, ax: [ax.bar([1], [1], color="#0072B2"), ax.text(1, 0.5, "A", ha="center")]),
    "covered": ("overlap", "'covered by another' and 'that covers it' cover each other",
                lambda fig, ax: [ax.text(1, 1.5, "covered by another"),
                                 ax.text(1.02, 1.52, "that covers it")]),
    "ticks too close": ("overlap", "'2018' and '2019' cover each other",
                        lambda fig, ax: ax.set_xticks([1, 1.08, 1.16], ["2018", "2019", "2020"])),
    "ticks nearly touch": ("tick-gap", "'2018' and '2019' are .* pt apart",
                           lambda fig, ax: ax.set_xticks([1, 1.13], ["2018", "2019"])),
    "cut off": ("canvas", "reaches beyond the edge",
                lambda fig, ax: ax.text(1.5, 1.5, "a text that goes on to the right " * 2)),
    "no room": ("canvas", "leave no room for what is drawn",
                lambda fig, ax: ax.set_title("a line\n" * 40)),
    "transparent": ("transparency", "1 lines or areas can be seen through, which EPS does not know",
                    lambda fig, ax: ax.axvspan(0, 1, facecolor="#0072B2", alpha=0.3)),
    "no label": ("axis-label", "the y axis .* has no label", lambda fig, ax: ax.set_ylabel("")),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("what", BAD)
def test_a_bad_figure_fails_the_rule_that_it_breaks(what):
    fig, ax = good("nature-single" if what == "transparent" else "paper")
    rule, words, spoil = BAD[what]
    spoil(fig, ax)
    found = failed(fig)
    assert rule in found and (set(found) == {rule} or what in ("no room", "cut off")), found
    assert re.search(words, found[rule], re.IGNORECASE), found


def test_a_good_figure_passes_all_rules_and_is_left_as_it_is():
    fig, ax = good()
    layout, place = fig.get_layout_engine(), (fig.canvas, fig.dpi)
    found = lint_figure(fig).set_index("check")["verdict"]
    assert found[list(RULES)].eq("passed").all()
    assert {rule for rule, *_ in BAD.values()} == set(RULES)
    assert fig.get_layout_engine() is layout and (fig.canvas, fig.dpi) == place
    for y in (1.4, 1.5):  # their boxes overlap, their letters do not
        ax.text(1, y, "a turned text", rotation=45)
    for colour in ("#E08040", "#D08040"):  # edges of bands are not told apart by colour
        ax.fill_between([0, 1], 1.6, 1.7, facecolor="none", edgecolor=colour)
    assert failed(fig) == {}


def test_an_axis_of_years_or_words_or_one_label_for_all_needs_no_other():
    fig, axes = figure(columns=2)
    for ax in axes:
        ax.plot([2018, 2022], [1, 2])
        ax.set_xticks([2018, 2020, 2022])
        ax.set_yticks([1, 2], ["low", "high"])
    assert failed(fig) == {}
    axes[0].set_yticks([1.5, 2.5], ["1.5", "2.5"])
    axes[0].set_ylim(1, 3)
    assert set(failed(fig)) == {"axis-label"}
    fig.supxlabel("Other axis (km)")
    assert set(failed(fig)) == {"axis-label"}
    fig.supylabel("Share (percent)")
    assert failed(fig) == {}


def test_a_profile_asks_for_its_own_sizes():
    found = failed(good()[0], profile="springer-single")
    assert "120.0 mm wide; springer-single allows 84 mm" in found["size"]
    assert "of 7 pt; springer-single asks for at least 8 pt" in found["text-size"]
    with pytest.raises(UnknownName, match="Did you mean web"):
        lint_figure(good()[0], profile="wbe")


def test_colours_are_as_far_apart_as_published(monkeypatch):
    # Black and white are 100 apart in lightness; a simulation leaves greys as they are.
    assert colour_distance("#000000", "#ffffff", "grey") == pytest.approx(100, abs=0.1)
    normal, deficient = (
        colour_distance("#d00000", "#4a7a00", vision) for vision in ("normal", "deuteranomaly")
    )
    assert deficient < normal / 2
    monkeypatch.setitem(sys.modules, "colorspacious", None)  # as if it were not installed
    found = lint_figure(good()[0]).set_index("check").loc["colours"]
    assert found["verdict"] == "not checked" and 'pip install "govlib[lint]"' in found["finding"]


def test_fonts_of_a_saved_pdf_are_embedded_as_truetype(tmp_path, draw):
    [path, *_] = save(draw("nature-single", language="kk"), "x", folder=tmp_path)
    fonts = PdfReader(path).pages[0]["/Resources"]["/Font"].values()
    for font in (one.get_object() for one in fonts):
        [inner] = font.get("/DescendantFonts", [font])
        assert "/FontFile2" in inner.get_object()["/FontDescriptor"]
