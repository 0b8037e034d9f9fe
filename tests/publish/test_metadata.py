"""What a figure's file says about itself: in every format, readable by others, nothing else."""

import getpass
import io
import json
import re
import socket
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pypdf
import pytest
from PIL import Image

from govlib import plot, wgi
from govlib.datasets.package import find_edition
from govlib.errors import BadFile, UnknownName
from govlib.project import project_folder
from govlib.publish.metadata import read_metadata
from govlib.publish.save import save

STEM = "01-effectiveness-and-voice"
KINDS = ["pdf", "svg", "png", "eps", "tiff", "json", "csv", "md"]
TITLE = "Үкімет тиімділігі"
ALT = "Тиімділік <өсті> & «дауыс» төмен: ә ғ қ ң ө ұ ү һ."
RECORDED = {"economy": "KAZ", "edition": 2023, "language": "kk", "profile": "elsevier-single"}


@pytest.fixture(scope="module")
def files(tmp_path_factory, draw):
    folder = tmp_path_factory.mktemp("figures")
    saved = save(
        draw("elsevier-single", "kk"), STEM, RECORDED | {"figures_dir": "/srv/x"}, folder=folder
    )
    return {path.suffix[1:]: path for path in saved}


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_says_how_it_was_made_and_no_name_path_or_time_gets_in(files, kind):
    about = read_metadata(files[kind])
    assert (about["title"], about["caption"]) == (TITLE, f"{TITLE}. Қазақстан.")
    assert (about["alternative_text"], about["language"]) == (ALT, "kk")
    made = about["made"]
    assert made["parameters"] == RECORDED
    assert made["data"][0]["sha256"] == find_edition(2023)["hash"].removeprefix("sha256:")
    assert (made["notebook"], made["licence"]) == (STEM, "CC-BY-4.0")
    content = files[kind].read_bytes()
    if kind in ("png", "tiff"):  # pixels may be any bytes
        with Image.open(io.BytesIO(content)) as image:
            content = repr((image.info, dict(getattr(image, "tag_v2", {})))).encode()
    for word in (f"@{socket.gethostname()}", str(project_folder()), "/srv/x", "/root", "/home"):
        assert word.encode() not in content
    for word in ("CreationDate", "ModDate", "CreateDate", "date>", getpass.getuser() + "@"):
        assert word.encode() not in content
    assert not re.search(rb"\b\d\d:\d\d:\d\d\b", content)


def test_readers_of_pdf_find_title_tag_and_language(files):
    reader = pypdf.PdfReader(files["pdf"])
    assert (reader.metadata.title, reader.metadata.subject) == (TITLE, f"{TITLE}. Қазақстан.")
    assert reader.metadata.creator.startswith("govlib ")
    root = reader.root_object
    assert root["/Lang"] == "kk"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert (root["/Metadata"]["/Type"], root["/Metadata"]["/Subtype"]) == ("/Metadata", "/XML")
    tree, page = root["/StructTreeRoot"], reader.pages[0]
    figure = tree["/K"].get_object()
    assert (figure["/S"], figure["/Alt"]) == ("/Figure", ALT)
    assert figure["/P"].get_object() == tree
    assert tree["/ParentTree"]["/Nums"][page["/StructParents"] + 1][0].get_object() == figure
    drawn = page.get_contents().get_data()
    assert re.match(rb"/Figure <<\s*/MCID 0\s*>> BDC\s", drawn) and drawn.rstrip().endswith(b"EMC")
    assert page.extract_text()
    assert reader.xmp_metadata.dc_title["x-default"] == TITLE
    assert reader.xmp_metadata.dc_rights["x-default"] == "CC-BY-4.0"


def test_readers_of_svg_and_pixels_find_their_fields(files):
    root = ElementTree.fromstring(files["svg"].read_bytes())
    assert [child.tag.split("}")[1] for child in root][:3] == ["title", "desc", "metadata"]
    assert (root[0].text, root[1].text, root.get("role")) == (TITLE, ALT, "img")
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "kk"
    with Image.open(files["png"]) as image:
        assert (image.info["Description"], image.info["Title"]) == (ALT, TITLE)
        assert re.match(r"govlib .*, matplotlib 3", image.info["Software"])
    with Image.open(files["tiff"]) as image:
        assert image.tag_v2[33432] == "CC-BY-4.0"
        assert b"AltTextAccessibility" in image.tag_v2[700]
    assert TITLE.encode() + b"\0" in files["tiff"].read_bytes()


def test_an_eps_keeps_to_its_rules(files):
    content = files["eps"].read_bytes()
    assert content.startswith(b"%!PS-Adobe-3.0 EPSF-3.0\n")
    comments, _ = content.split(b"%%EndComments", 1)
    assert comments.isascii() and max(map(len, comments.splitlines())) <= 255
    assert b"?" not in re.search(rb"%%Title: (.*)", comments)[1]
    box = re.search(rb"%%HiResBoundingBox: 0.000000 0.000000 ([\d.]+)", comments)
    assert float(box[1]) == pytest.approx(90 / 25.4 * 72, abs=0.1)


def test_a_file_from_elsewhere_or_stripped_is_named(tmp_path, files):
    for kind, content in {"pdf": b"%PDF-1.4 nothing", "svg": b"<svg", "png": b"x"}.items():
        path = tmp_path / f"x.{kind}"
        path.write_bytes(content)
        with pytest.raises(BadFile, match=rf"x.{kind} (is damaged|cannot be read)"):
            read_metadata(path)
    with Image.open(files["png"]) as image:
        image.save(tmp_path / "stripped.png")
    plt.figure().savefig(tmp_path / "plain.svg")
    (tmp_path / "plain.json").write_text(json.dumps({"n": 1}))
    for name in ("stripped.png", "plain.svg", "plain.json"):
        with pytest.raises(BadFile, match=f"{name} does not say how it was made"):
            read_metadata(tmp_path / name)
    with pytest.raises(BadFile, match=r"gone\.json cannot be read \(No such file"):
        read_metadata(tmp_path / "gone.json")
    for name in ("x.gif", "README.md"):
        with pytest.raises(UnknownName, match=f"{name} is not a govlib figure: give a PDF, SVG"):
            read_metadata(tmp_path / name)


def test_clips_of_an_svg_are_named_by_their_order_and_not_by_the_last_bit_of_their_place(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    ax = plot.trend(wgi.read(2023, economies="KAZ", dimensions="ge", years="2018-2022"))
    save(ax, "clips")
    text = (tmp_path / "clips.svg").read_text("utf-8")
    assert 'clip-path="url(#clip-0)"' in text and '<clipPath id="clip-0">' in text
    assert not re.search(r'id="p[0-9a-f]{10}"', text)
