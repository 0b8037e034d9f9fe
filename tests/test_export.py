"""Figures as files: the same bytes for the same input, and nothing lost in a failure."""

import ctypes
import gc
import io
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import textwrap
import weakref
from contextlib import contextmanager
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from PIL import Image

import govlib
from govlib.errors import BadParameter, BadTable, UnknownName
from govlib.plot import fitting
from govlib.publish import save as export

KINDS = ["pdf", "svg", "png", "csv", "json", "md"]


def table():
    return govlib.wgi.read(2023, economies="KAZ", dimensions="ge", years=range(2018, 2023))


def save(folder, numbers=None, data=None, profile="paper"):
    data = table() if data is None else data
    with plt.style.context("govlib.paper"):
        fig, ax = plt.subplots()
        govlib.plot_trend(table(), ax=ax)
        try:
            numbers = numbers or {"n": 1}
            return govlib.save_figure(
                fig, "one", folder, data=data, numbers=numbers, profile=profile
            )
        finally:
            plt.close(fig)


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_files_with_the_same_bytes_in_any_folder_and_process(tmp_path):
    assert [path.suffix[1:] for path in save(tmp_path / "a")] == KINDS
    here = contents(tmp_path / "a")
    assert sorted(here) == sorted(f"one.{kind}" for kind in KINDS)
    code = f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import test_export
        test_export.save({str(tmp_path / "far" / "away")!r})
    """
    environment = os.environ | {"MPLBACKEND": "svg", "TZ": "Asia/Almaty", "PYTHONHASHSEED": "7"}
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=True, cwd=tmp_path, env=environment
    )
    assert contents(tmp_path / "far" / "away") == here


def test_the_files_are_what_their_endings_say(tmp_path):
    save(
        tmp_path,
        numbers={
            "tables": table(),
            "missing": pd.NA,
            "list": [1, float("nan")],
            "row": table()["year"],
        },
    )
    with Image.open(tmp_path / "one.png") as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.width / 300 == pytest.approx(4.72, abs=0.01)
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")
    assert b"CreationDate" not in (tmp_path / "one.pdf").read_bytes()
    assert b"<svg" in (tmp_path / "one.svg").read_bytes()
    written = pd.read_csv(tmp_path / "one.csv")
    assert written["estimate"].tolist() == table()["estimate"].tolist()
    numbers = json.loads((tmp_path / "one.json").read_text("utf-8"))
    assert numbers["missing"] is None
    assert numbers["list"] == [1, None]
    assert numbers["row"] == [2018, 2019, 2020, 2021, 2022]
    assert numbers["tables"][-1]["estimate"] == 0.14343049
    assert numbers["tables"][-1]["sources"] == 7
    assert numbers["tables"][-1]["score"] is None


def test_digits_that_depend_on_the_processor_are_not_written(tmp_path):
    # The slope of one regression on two machines, and an estimate as the World Bank has it.
    save(tmp_path / "a", numbers={"slope": 4.875273517553182, "estimate": -0.123408414})
    save(tmp_path / "b", numbers={"slope": 4.875273517549128, "estimate": -0.123408414})
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert json.loads((tmp_path / "a" / "one.json").read_text("utf-8"))["estimate"] == -0.123408414


def test_a_relative_folder_is_the_projects(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "project_folder", lambda: tmp_path / "project")
    monkeypatch.chdir(tmp_path)
    save("figures/x")
    assert len(contents(tmp_path / "project/figures/x")) == len(KINDS)
    assert not (tmp_path / "figures").exists()


def test_a_profile_has_its_own_folder_formats_and_bytes_each_time(tmp_path):
    files = save(tmp_path, profile="plos-column")
    assert {path.parent for path in files} == {tmp_path / "plos-column"}
    assert [path.suffix[1:] for path in files] == [*KINDS[:3], "eps", "tiff", *KINDS[3:]]
    first = contents(tmp_path / "plos-column")
    save(tmp_path, profile="plos-column")
    assert contents(tmp_path / "plos-column") == first
    for kind in ("png", "tiff"):
        with Image.open(tmp_path / "plos-column" / f"one.{kind}") as image:
            assert image.mode == "RGB"
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    with Image.open(tmp_path / "plos-column" / "one.tiff") as image:
        assert image.info["compression"] == "tiff_lzw"
    assert b"CreationDate" not in first["one.eps"]


@pytest.mark.parametrize("language", ["en", "kk"])
def test_every_letter_of_an_eps_is_in_the_font_that_it_is_taken_from(tmp_path, language):
    with plt.style.context("govlib.paper"):
        fig, ax = plt.subplots()
        govlib.plot_trend(table(), language=language, ax=ax)
        govlib.save_figure(fig, "one", tmp_path, data=table(), numbers={}, profile="plos-column")
        plt.close(fig)
    text = (tmp_path / "plos-column" / "one.eps").read_text("latin-1")
    held, missing, font = {}, set(), ""
    for name, glyph, chosen, drawn in re.findall(
        r"/FontName /(\S+) def|^/(\S+) \d+ def|^/(\S+) [\d.]+ selectfont|/(\S+) glyphshow",
        text,
        re.MULTILINE,
    ):
        font = name or chosen or font
        if glyph:
            held.setdefault(font, set()).add(glyph)
        elif drawn and drawn not in held[font]:
            missing.add(drawn)
    assert len(held[font]) > 10
    assert not missing  # a reader of PostScript leaves them out without a word


def test_the_text_beside_a_figure_says_what_it_shows_and_how_to_rebuild_it(tmp_path):
    numbers = {
        "parameters": {"economy": "KAZ", "edition": 2023, "figures_dir": "elsewhere"},
        "data": govlib.catalog.find_edition(2023)["hash"],
        "caption": "Government Effectiveness. Kazakhstan.",
        "alternative_text": "A line [rising] from below zero to above it.",
    }
    with plt.style.context("govlib.paper"):
        fig, ax = plt.subplots()
        govlib.plot_trend(table(), ax=ax)
        stem = "01-effectiveness-and-voice"
        govlib.save_figure(fig, stem, tmp_path, data=table(), numbers=numbers)
    text = (tmp_path / f"{stem}.md").read_text("utf-8")
    assert "**Caption.** Government Effectiveness. Kazakhstan." in text
    assert "**Alternative text.** A line [rising]" in text
    assert f"![A line (rising) from below zero to above it.]({stem}.png)" in text
    assert "Kaufmann, Daniel, and Aart Kraay (2023)" in text
    assert f"`govlib run {stem} --economy KAZ --edition 2023`" in text
    assert "elsewhere" not in text


def test_an_unknown_profile_is_answered_and_nothing_is_written(tmp_path):
    with pytest.raises(UnknownName, match=r"known: paper, .* Did you mean nature-single"):
        save(tmp_path, profile="nature-singel")
    assert not list(tmp_path.iterdir())


def test_a_figure_wider_than_the_page_leaves_the_earlier_files(tmp_path):
    save(tmp_path)
    before = contents(tmp_path)
    with plt.style.context("govlib.paper"):
        fig = plt.figure(figsize=(9, 3))
        with pytest.raises(BadParameter, match=r"228.6 mm wide; the profile paper allows 183 mm"):
            govlib.save_figure(fig, "one", tmp_path, data=table(), numbers={})
    assert contents(tmp_path) == before


@pytest.mark.parametrize("stem", ["", "a/b", "../up"])
def test_a_stem_that_leaves_its_folder_is_refused(tmp_path, stem):
    with pytest.raises(BadParameter, match="not a file name"):
        govlib.save_figure(plt.figure(), stem, tmp_path, data=table(), numbers={})
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_as_json_leaves_the_earlier_files(tmp_path):
    save(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(BadParameter, match="'what' in numbers"):
        save(tmp_path, numbers={"what": object()})
    assert contents(tmp_path) == before


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_an_interrupt_leaves_the_earlier_files(tmp_path, monkeypatch, fails_at):
    save(tmp_path)
    before = contents(tmp_path)
    draw = plt.Figure.draw
    calls = []

    def interrupted(self, renderer):
        draw(self, renderer)
        calls.append(renderer)
        if len(calls) > fails_at:
            raise KeyboardInterrupt

    monkeypatch.setattr(plt.Figure, "draw", interrupted)  # pixels, PDF, SVG
    with pytest.raises(KeyboardInterrupt):
        save(tmp_path, data=table().head(2))
    assert contents(tmp_path) == before


def test_what_a_killed_run_left_is_removed_and_what_is_being_written_stays(tmp_path):
    stale = tmp_path / ".one.abcdefgh.unfinished"
    fresh = tmp_path / ".one.ijklmnop.unfinished"
    other = tmp_path / ".two.abcdefgh.unfinished"
    for folder in (stale, fresh, other):
        folder.mkdir()
        (folder / "one.png").write_bytes(b"half")
    os.utime(stale, (0, 0))
    os.utime(other, (0, 0))
    save(tmp_path)
    assert [stale.exists(), fresh.exists(), other.exists()] == [False, True, True]


def test_a_full_disk_leaves_the_earlier_files(tmp_path):
    save(tmp_path)
    before = contents(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))  # the PNG is larger
    try:
        with pytest.raises(BadParameter, match=r"could not be saved in .*File too large"):
            save(tmp_path, data=table().head(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert contents(tmp_path) == before


def test_a_file_whose_place_cannot_be_taken_leaves_all_the_earlier_ones(tmp_path):
    save(tmp_path)
    (tmp_path / "one.md").unlink()
    before = contents(tmp_path)
    (tmp_path / "one.md").mkdir()
    (tmp_path / "one.md" / "mine").write_text("")
    with pytest.raises(BadParameter, match=r"could not be saved in .* are as they were"):
        save(tmp_path, data=table().head(2))
    assert (tmp_path / "one.md" / "mine").exists()
    (tmp_path / "one.md" / "mine").unlink()
    (tmp_path / "one.md").rmdir()
    assert contents(tmp_path) == before


@contextmanager
def without_root():
    """Give up root's right to write to every folder, not its right to read (capabilities(7))."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None)
    version_and_thread = (ctypes.c_uint32 * 2)(0x20080522, 0)
    held = (ctypes.c_uint32 * 6)()
    assert libc.capget(version_and_thread, held) == 0
    fewer = (ctypes.c_uint32 * 6)(*held)
    fewer[0] &= ~(1 << 1)  # CAP_DAC_OVERRIDE
    assert libc.capset(version_and_thread, fewer) == 0
    try:
        yield
    finally:
        assert libc.capset(version_and_thread, held) == 0


def test_a_read_only_folder_is_named_and_keeps_its_files():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(folder)
        before = contents(folder)
        folder.chmod(0o555)
        fig, data = plt.figure(), table()
        with without_root(), pytest.raises(BadParameter, match=f"{name} cannot be written"):
            govlib.save_figure(fig, "one", folder, data=data, numbers={})
        folder.chmod(0o755)
        assert contents(folder) == before


def test_a_file_where_the_folder_should_be_is_named(tmp_path):
    (tmp_path / "figures").write_text("mine")
    with pytest.raises(BadParameter, match=r"cannot be written .*figures_dir"):
        save(tmp_path / "figures" / "2023")
    assert (tmp_path / "figures").read_text() == "mine"


@pytest.mark.parametrize(
    ("changed", "error", "answer"),
    [
        ({"fig": "a figure"}, BadParameter, "fig is of type str; a matplotlib Figure"),
        ({"data": [1, 2]}, BadParameter, "data is of type list; a DataFrame"),
        ({"data": pd.DataFrame({"year": []})}, BadTable, "data has 0 rows and 1 columns"),
        ({"numbers": [1]}, BadParameter, "numbers is of type list; a mapping"),
        (
            {"numbers": {"parameters": "KAZ"}},
            BadParameter,
            r'numbers\["parameters"\] is of type str',
        ),
        ({"numbers": {"n": {1, 2}}}, BadParameter, "'n' in numbers cannot be written as JSON"),
        ({"stem": 7}, BadParameter, "stem 7 is not a file name"),
    ],
)
def test_what_cannot_be_saved_is_named_and_earlier_files_stay(tmp_path, changed, error, answer):
    save(tmp_path)
    before = contents(tmp_path)
    given = {"fig": plt.figure(), "stem": "one", "data": table(), "numbers": {}} | changed
    with pytest.raises(error, match=answer):
        govlib.save_figure(
            given["fig"], given["stem"], tmp_path, data=given["data"], numbers=given["numbers"]
        )
    assert contents(tmp_path) == before


@pytest.fixture
def trend():
    with plt.style.context("govlib.paper"):
        fig, ax = plt.subplots()
        govlib.plot_trend(table(), ax=ax)
        yield fig
        plt.close(fig)


def pixels_of(png):
    with Image.open(png if isinstance(png, Path) else io.BytesIO(png)) as image:
        return image.size, image.mode, image.tobytes()


def save_shown(fig, folder, **options):
    files = govlib.save_figure(fig, "one", folder, data=table(), numbers={"n": 1}, **options)
    return next(path for path in files if path.suffix == ".png")


@pytest.mark.parametrize("profile", ["paper", "springer-single"])
def test_what_a_notebook_shows_is_what_is_saved_and_is_laid_out_once(
    tmp_path, monkeypatch, trend, profile
):
    layouts = []
    lay_out = fitting._lay_out
    monkeypatch.setattr(fitting, "_lay_out", lambda *a: layouts.append(1) or lay_out(*a))
    shown = govlib.show_figure(trend, profile=profile)
    tried = len(layouts)
    assert trend.number not in plt.get_fignums()  # pyplot would show it once more
    assert pixels_of(shown.data) == pixels_of(save_shown(trend, tmp_path, profile=profile))
    once = contents(tmp_path / profile if profile != "paper" else tmp_path)
    save_shown(trend, tmp_path, profile=profile)
    assert contents(tmp_path / profile if profile != "paper" else tmp_path) == once
    assert len(layouts) == tried
    inches = govlib.plot.find_profile(profile).get("width_mm", 25.4 * trend.get_figwidth()) / 25.4
    assert shown.width == pytest.approx(150 * inches, abs=1)  # as wide as a picture of pyplot's
    assert fitting.fit_figure(trend, govlib.plot.find_profile("slides")).scale > 1
    assert len(layouts) > tried


def test_a_label_is_saved_as_a_function_of_the_notebook_writes_it_then(tmp_path, trend):
    notebook = vars(sys.modules["__main__"])
    exec("def write_year(x, _):\n    return f'{x:.{places}f}'", notebook)
    try:
        notebook["places"] = 0
        trend.axes[0].xaxis.set_major_formatter(notebook["write_year"])
        before = pixels_of(govlib.show_figure(trend).data)
        assert pixels_of(save_shown(trend, tmp_path)) == before
        notebook["places"] = 2
        assert pixels_of(save_shown(trend, tmp_path)) != before
    finally:
        del notebook["write_year"], notebook["places"]


@pytest.mark.parametrize("change", ["title", "colour", "line", "rcParams", "drawn"])
def test_a_figure_that_changes_after_it_was_shown_is_saved_as_it_is_then(tmp_path, trend, change):
    before = pixels_of(govlib.show_figure(trend).data)
    if change == "title":
        trend.axes[0].set_title("later")
    elif change == "colour":
        trend.axes[0].containers[0].lines[0].set_color("red")
    elif change == "line":
        trend.axes[0].plot([2018, 2022], [0.1, 0.2])
    with plt.rc_context({"axes.formatter.limits": (0, 0)} if change == "rcParams" else {}):
        if change == "drawn":
            trend.savefig(io.BytesIO(), format="png")
        saved = pixels_of(save_shown(trend, tmp_path))
    assert (saved != before) == (change in ("title", "colour", "line"))


def test_a_figure_that_is_gone_is_not_kept():
    fig = plt.figure()
    govlib.show_figure(fig)
    assert fig in fitting._KEPT
    gone = weakref.ref(fig)
    del fig
    gc.collect()
    assert gone() is None


def test_what_cannot_be_shown_is_named(trend):
    with pytest.raises(BadParameter, match=r"fig is of type Axes; .*ax\.figure"):
        govlib.show_figure(trend.axes[0])
    with pytest.raises(UnknownName, match=r"slide.*Did you mean slides"):
        govlib.show_figure(trend, profile="slide")
    trend.set_size_inches(12, 3)
    with pytest.raises(BadParameter, match=r"304\.8 mm wide; the profile paper allows"):
        govlib.show_figure(trend)
