"""Figures and tables as files: the same bytes for the same input, nothing lost in a failure."""

import base64
import io
import json
import os
import re
import resource
import subprocess
import sys
import textwrap
from pathlib import Path
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from PIL import Image

import govlib as gov
from govlib.datasets.package import find_edition
from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.plot._style import figure
from govlib.publish.metadata import read_metadata
from govlib.publish.save import save, show

KINDS = ["pdf", "svg", "png", "csv", "json", "md"]
TABLE_KINDS = ["csv", "json", "md", "tex", "html", "docx"]
CONFTEST = Path(__file__).with_name("conftest.py")
STEM = "01-effectiveness-and-voice"


def kinds(files):
    return [path.suffix[1:] for path in files]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_files_with_the_same_bytes_in_any_folder_and_process(tmp_path, draw, estimates, contents):
    assert kinds(save(draw(), "one", folder="a")) == KINDS
    table = estimates[["year", "estimate", "standard_error"]]
    assert kinds(save(table, "two", folder="a")) == TABLE_KINDS
    first = contents(tmp_path / "a")
    code = f"""
        import importlib.util
        spec = importlib.util.spec_from_file_location("shared", {str(CONFTEST)!r})
        shared = importlib.util.module_from_spec(spec); spec.loader.exec_module(shared)
        from govlib.publish.save import save
        table = shared.read_estimates()
        save(shared.draw_estimates(), "one", folder="b/c")
        save(table[["year", "estimate", "standard_error"]], "two", folder="b/c")
    """
    other = {"MPLBACKEND": "svg", "TZ": "Asia/Almaty", "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=tmp_path, env=os.environ | other
    )
    assert done.returncode == 0
    assert contents(tmp_path / "b" / "c") == first


def test_a_figure_is_saved_with_its_data_texts_and_numbers(tmp_path, draw, estimates):
    numbers = {"tables": estimates, "missing": pd.NA, "list": [1, float("nan")], "slope": 1 / 3}
    save(draw(), STEM, numbers=numbers | {"row": estimates["year"]})
    with Image.open(f"{STEM}.png") as image:
        assert image.mode == "RGB"
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.width / 300 == pytest.approx(120 / 25.4, abs=0.01)
    assert pd.read_csv(f"{STEM}.csv")["estimate"].tolist() == estimates["estimate"].tolist()
    written = json.loads(Path(f"{STEM}.json").read_text("utf-8"))
    assert (written["missing"], written["list"]) == (None, [1, None])
    assert written["slope"] == 0.333333333  # the last digits depend on the processor
    assert written["row"] == [2018, 2019, 2020, 2021, 2022]
    assert written["tables"][-1]["estimate"] == 0.14343049
    assert written["data"] == {"wgi-2023": find_edition(2023)["hash"].removeprefix("sha256:")}
    text = Path(f"{STEM}.md").read_text("utf-8")
    for words in (
        "**Caption.** Government Effectiveness. Kazakhstan.",
        "**Alternative text.** A line [rising]",
        f"![A line (rising) from below zero.]({STEM}.png)",
        "Kaufmann, Daniel, and Aart Kraay (2023)",
        f"`govlib run {STEM}`",
    ):
        assert words in text


def test_parameters_name_the_folder_and_are_recorded(tmp_path, draw):
    parameters = {"economy": "KAZ", "edition": 2023, "figures_dir": "figures"}
    there = tmp_path / "figures" / "2023" / "KAZ"
    assert {path.parent for path in save(draw(), STEM, parameters)} == {Path("figures/2023/KAZ")}
    other = {"language": "kk", "profile": "nature-single"}
    files = save(draw("nature-single", "kk"), STEM, parameters | other)
    assert kinds(files) == [*KINDS[:3], "eps", *KINDS[3:]]
    assert (there / "kk" / "nature-single" / f"{STEM}.eps").exists()
    recorded = {"economy": "KAZ", "edition": 2023} | other
    assert read_metadata(files[0])["made"]["parameters"] == recorded
    assert "--economy KAZ --edition 2023`" in (there / f"{STEM}.md").read_text("utf-8")


def test_what_is_drawn_is_cited_whatever_is_given_as_its_data(draw):
    other = gov.surveys.single_figures(economy="KAZ")
    files = save(draw(), STEM, data=other)
    made = json.loads(next(f for f in files if f.suffix == ".json").read_text("utf-8"))
    assert list(made["data"]) == ["single-figures", "wgi-2023"]


def test_texts_data_and_hashes_can_be_given(draw, estimates):
    _, ax = figure()
    ax.plot([1, 2], [1.5, 2.5])
    ax.set(xlabel="Wave (number)", ylabel="Share (percent)")
    mine = pd.DataFrame({"wave": [1, 2], "share": [1.5, 2.5]})
    save(ax, "mine", data=mine, caption="Shares. Mine.", numbers={"data": ["bns-trust"]})
    about = read_metadata("mine.svg")
    assert (about["title"], about["alternative_text"]) == ("Shares", "")
    assert [data["name"] for data in about["made"]["data"]] == ["bns-trust"]


def test_a_profile_with_all_formats_writes_what_it_asks_for(draw):
    files = save(draw("plos-column", "kk"), "one")
    assert kinds(files) == [*KINDS[:3], "eps", "tiff", *KINDS[3:]]
    with Image.open("plos-column/one.tiff") as image:
        assert (image.mode, image.info["compression"]) == ("RGB", "tiff_lzw")
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    eps = Path("plos-column/one.eps").read_text("latin-1")
    assert "/FontType 42" in eps
    words = r"/FontName /(\S+) def|^/(\S+) \d+ def|^/(\S+) [\d.]+ selectfont|/(\S+) glyphshow"
    included, drawn, font = {}, set(), ""
    for name, glyph, chosen, shown in re.findall(words, eps, re.MULTILINE):
        font = name or chosen or font
        if glyph:
            included.setdefault(font, set()).add(glyph)
        elif shown:
            drawn.add((font, shown))
    # A reader of PostScript leaves out a letter that its font lacks, without a word.
    assert drawn and all(glyph in included[font] for font, glyph in drawn)


@pytest.mark.parametrize("profile", ["paper", "web"])
def test_what_a_notebook_shows_is_what_is_saved(draw, profile):
    fig = draw(profile)
    layout = fig.get_layout_engine()
    fig.set_facecolor("none")  # as in a dark notebook
    picture = show(fig, "one")
    assert not plt.fignum_exists(fig.number)  # pyplot would show it once more
    data, metadata = picture._repr_mimebundle_()
    assert metadata["govlib"] == {"figure": "one"}
    assert metadata["image/png"]["width"] == round(150 * fig.get_figwidth())
    assert data["text/plain"] == "Figure: Government Effectiveness."

    def pixels(png):
        with Image.open(io.BytesIO(png)) as image:
            assert image.getpixel((0, 0)) == (255, 255, 255)
            return image.tobytes()

    def saved():
        return next(path for path in save(fig, "one") if path.suffix == ".png").read_bytes()

    first = saved()
    assert pixels(base64.b64decode(data["image/png"])) == pixels(picture.png) == pixels(first)
    assert saved() == first
    assert (fig.get_layout_engine(), fig.dpi, fig.get_facecolor()[3]) == (layout, 150, 0)
    fig.axes[0].set_xlabel("Later")
    assert pixels(saved()) != pixels(first)


@pytest.fixture
def earlier(tmp_path, contents):
    for kind in KINDS[1:]:
        (tmp_path / f"one.{kind}").write_text("earlier")
    return contents(tmp_path)


FAILURES = {
    "too wide": (
        lambda d: plt.figure(figsize=(9, 3)), {"data": pd.DataFrame({"year": [2020]})},
        BadParameter, "228.6 mm wide; paper allows 183 mm",
    ),
    "no label": (
        lambda d: [fig := d(), fig.axes[0].set_ylabel("")][0], {}, BadParameter, "no label",
    ),
    "no figure": (lambda d: "a figure", {}, BadParameter, "str cannot be saved; give a matplotlib"),
    "data": (lambda d: d(), {"data": [1, 2]}, BadParameter, "data is of type list"),
    "no rows": (lambda d: d(), {"data": pd.DataFrame({"year": []})}, BadTable, "0 rows and 1 col"),
    "numbers": (lambda d: d(), {"numbers": [1]}, BadParameter, "numbers is of type list"),
    "parameters": (lambda d: d(), {"parameters": "KAZ"}, BadParameter, "parameters is of type str"),
    "JSON": (lambda d: d(), {"numbers": {"n": {1, 2}}}, BadParameter, "'n' in numbers cannot be"),
    "hash": (lambda d: d(), {"numbers": {"data": "wgi-1990"}}, UnknownName, "no data 'wgi-1990'"),
    "stem": (lambda d: d(), {"stem": "../up"}, BadParameter, "not a file name"),
    "stem of a type": (lambda d: d(), {"stem": 7}, BadParameter, "stem 7 is not a file name"),
    "profile": (
        lambda d: d(), {"parameters": {"profile": "nature-single"}}, BadParameter,
        r'for the profile paper, .*profile="nature-single"',
    ),
    "no profile": (
        lambda d: d(), {"profile": "nature-singel"}, UnknownName, "Did you mean nature-single",
    ),
    "no folder": (lambda d: d(), {"parameters": {"figures_dir": "f"}}, BadParameter, "no edition"),
    "a path": (lambda d: d(), {"parameters": {"a": "/home/x"}}, BadParameter, "absolute path"),
    "a caption": (lambda d: d(), {"numbers": {"caption": "x"}}, BadParameter, "give it to save"),
    "own code": (
        lambda d: plt.subplots()[0], {}, BadParameter, r"data is missing: .* save\(fig, stem, data",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FAILURES)
def test_what_cannot_be_saved_is_named_and_earlier_files_stay(
    tmp_path, draw, contents, earlier, what
):
    make, options, error, answer = FAILURES[what]
    with pytest.raises(error, match=answer):
        save(make(draw), **({"stem": "one"} | options))
    assert contents(tmp_path) == earlier


def test_an_interrupt_leaves_the_earlier_files_and_the_figure(
    tmp_path, draw, contents, earlier, monkeypatch
):
    fig = draw()
    layout = fig.get_layout_engine()

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(fig, "savefig", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(fig, "one")
    assert contents(tmp_path) == earlier
    assert fig.get_layout_engine() is layout


def test_a_full_disk_leaves_the_earlier_files(tmp_path, draw, contents, earlier):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))  # the PNG is larger
    try:
        with pytest.raises(BadParameter, match=r"cannot be saved in .*File too large"):
            save(draw(), "one")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert contents(tmp_path) == earlier


def test_a_file_whose_place_cannot_be_taken_leaves_all_the_earlier_ones(
    tmp_path, draw, contents, earlier
):
    Path("one.md").unlink()
    Path("one.md", "mine").mkdir(parents=True)
    with pytest.raises(BadParameter, match=r"cannot be saved in .* is a folder.* are as they"):
        save(draw(), "one")
    Path("one.md", "mine").rmdir()
    Path("one.md").rmdir()
    assert contents(tmp_path) == {k: v for k, v in earlier.items() if k != "one.md"}
    Path("figures").write_text("mine")
    with pytest.raises(BadParameter, match=r"cannot be saved .*figures_dir"):
        save(draw(), "one", folder="figures/2023")


def test_what_a_killed_run_left_is_removed_and_what_is_being_written_stays(tmp_path, draw):
    names = ("one.abc", "one.xyz", "two.abc")
    stale, fresh, other = (tmp_path / f".{name}.unfinished" for name in names)
    for path in (stale, fresh, other):
        path.write_text("half")
    os.utime(stale, (0, 0))
    os.utime(other, (0, 0))
    save(draw(), "one")
    assert [stale.exists(), fresh.exists(), other.exists()] == [False, True, True]


def test_a_table_leads_back_to_what_made_it(estimates):
    table = estimates[["edition", "year", "estimate", "standard_error"]]
    parameters = {"economy": "KAZ", "edition": 2023, "profile": "web", "figures_dir": "f"}
    files = save(
        table, f"{STEM}-table", parameters, caption="A & b. More.", notes=["A note."],
        uncertainty={"estimate": "standard_error"},
    )  # fmt: skip
    assert kinds(files) == TABLE_KINDS
    assert {path.parent for path in files} == {Path("f/2023/KAZ/web")}
    for path in files:
        about = read_metadata(path)
        assert (about["title"], about["made"]["notebook"]) == ("A & b", STEM)
        assert [data["name"] for data in about["made"]["data"]] == ["wgi-2023"]
    rows = json.loads(files[1].read_text("utf-8"))["rows"]
    assert rows[-1]["estimate"] == 0.14343049
    assert pd.read_csv(files[0])["estimate"].tolist() == table["estimate"].tolist()
    text = files[2].read_text("utf-8")
    assert re.search(r"0\.14 (\(0\.25\)|± 0\.25).*A note\..*Kaufmann", text, re.DOTALL)


def test_an_svg_tells_each_point_under_the_pointer(tmp_path):
    fig, ax = gov.plot.figure()
    table = gov.wgi.read(2023, economies="KAZ", dimensions=["ge", "va"], years="2018-2022")
    gov.plot.trend(table, ax=ax)
    gov.save(fig, "tips", folder=tmp_path)
    root = ElementTree.parse(tmp_path / "tips.svg").getroot()
    circles = root.findall("{*}g[@id='points']/{*}circle")
    [(_, panel)] = gov.plot.panels(fig)
    assert sorted(one.findtext("{*}title") for one in circles) == sorted(
        point.label for point in panel.points
    )
    top = min(circles, key=lambda one: float(one.get("cy"))).findtext("{*}title")
    assert "Government Effectiveness" in top and "2022" in top
