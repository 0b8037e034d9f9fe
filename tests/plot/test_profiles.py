"""Profiles: what each place asks, complete, cited, and with every Kazakh letter in its fonts."""

from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager

from govlib import economies, i18n
from govlib.errors import BadParameter, UnknownName
from govlib.plot import profiles
from govlib.project import project_folder

KAZAKH = "әғқңөұүһіӘҒҚҢӨҰҮҺІ₸–−"
PROFILES = profiles.read_profiles()


def test_the_places_that_were_asked_for_are_there():
    families = {name.split("-")[0] for name in PROFILES}
    places = {"paper", "nature", "elsevier", "springer", "plos", "taylor", "slides", "web"}
    assert families >= places
    assert "state-governance" in PROFILES  # the article's own journal
    assert [PROFILES[f"nature-{n}"].width_mm for n in ("single", "double")] == [89, 183]
    assert PROFILES["nature-double"].smallest_pt == 5  # taken over from nature-single


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_cites_its_page_and_is_explained(name):
    assert PROFILES[name].page.startswith("https://")
    text = (project_folder() / "docs" / "figures.md").read_text("utf-8")
    assert f"`{name}`" in text


@pytest.mark.parametrize("weight", ["regular", "bold"])
@pytest.mark.parametrize("name", PROFILES)
def test_every_kazakh_letter_is_in_the_first_font_of_a_profile(name, weight):
    profiles.register_fonts()
    font = font_manager.FontProperties(family=PROFILES[name].fonts[0], weight=weight)
    path = font_manager.findfont(font, fallback_to_default=False)
    folders = (str(profiles.FOLDER), "matplotlib/mpl-data")
    assert any(folder in path for folder in folders), f"{path} is not shipped"
    with TTFont(path) as held:
        assert [letter for letter in KAZAKH if ord(letter) not in held.getBestCmap()] == []


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_reduced_font_has_every_letter_that_is_used_as_the_whole_font_has_it(weight):
    own = Path(mpl.get_data_path(), "fonts", "ttf")
    whole = own / f"DejaVuSans{weight.replace('Regular', '').replace('Bold', '-Bold')}.ttf"
    used = set(Path(i18n.__file__).with_name("words.toml").read_text("utf-8")) - {"\n"}
    for language in i18n.LANGUAGES:
        used |= set("".join(economies.names(language).values()))
    with TTFont(whole) as old, TTFont(profiles.FOLDER / f"fonts/DejaVuSans-{weight}.ttf") as new:
        held, missing = new.getBestCmap(), []
        for code in map(ord, used):
            if code not in held:
                missing.append(chr(code))
                continue
            names = old.getBestCmap()[code], held[code]
            assert old["hmtx"][names[0]] == new["hmtx"][names[1]]
        assert missing == []
        # Its licence forbids the old names to a font that was changed.
        told = [str(name) for name in new["name"].names if name.nameID in (1, 3, 4, 6, 16)]
        assert all("govlib" in name.lower() and "Vera" not in name for name in told)


@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        ("[x]\ntitle = 'x'", "x: Object missing required field `max_width_mm`"),
        ("[x]\nlike = 'y'", "x.toml: x: 'y'"),
        ("[x]\nwidht_mm = 3", "x: .*unknown field `widht_mm`"),
        ("[x]\ndpi = 0", r"Expected `int` >= 1 - at `\$.dpi`"),
        ("[x]\nformats = ['jpg']", r"Invalid enum value 'jpg' - at `\$.formats"),
        ("[x]\nsmallest_pt = 99", "must ascend"),
        ("[x", "x.toml: not TOML"),
    ],
)
def test_a_wrong_profile_is_named(tmp_path, wrong, answer):
    known = (profiles.FOLDER / "profiles.toml").read_text("utf-8")
    path = tmp_path / "x.toml"
    like = "" if "like" in wrong or "missing" in answer else "\nlike = 'paper'"
    path.write_text(known + wrong + like, "utf-8")
    with pytest.raises(BadParameter, match=answer):
        profiles.read_profiles(path)


def test_an_unknown_profile_is_answered():
    with pytest.raises(UnknownName, match=r"known: paper, .*web. Did you mean slides"):
        profiles.find_profile("slide")
