"""What a figure's file says about itself: in every format, readable by others, and nothing else."""

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

import govlib
from govlib.datasets import package as catalog
from govlib.errors import BadFile, UnknownName
from govlib.publish import metadata

STEM = "01-effectiveness-and-voice"
KINDS = ["pdf", "svg", "png", "eps", "tiff", "json", "csv", "md"]
ALT = "Тиімділік <өсті> & «дауыс» төмен: ә ғ қ ң ө ұ ү һ і."
NUMBERS = {
    "parameters": {"economy": "KAZ", "edition": 2023, "language": "kk", "figures_dir": "/srv/x"},
    "data": catalog.find_edition(2023)["hash"],
    "caption": "Үкімет тиімділігі. Қазақстан, 2018–2022.",
    "alternative_text": ALT,
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    table = govlib.wgi.read(2023, economies="KAZ", dimensions="ge", years=range(2018, 2023))
    with plt.style.context("govlib.paper"):
        fig, ax = plt.subplots()
        govlib.plot_trend(table, ax=ax)
        saved = govlib.save_figure(
            fig, STEM, folder, data=table, numbers=NUMBERS, profile="elsevier-single"
        )
        plt.close(fig)
    return {path.suffix[1:]: path for path in saved}


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_says_how_it_was_made(files, kind):
    about = metadata.read_metadata(files[kind])
    assert about["alternative_text"] == ALT
    assert about["caption"] == NUMBERS["caption"]
    assert about["title"] == "Үкімет тиімділігі"
    assert about["language"] == "kk"
    made = about["made"]
    assert made["parameters"] == {
        "economy": "KAZ",
        "edition": 2023,
        "language": "kk",
        "profile": "elsevier-single",
    }
    assert made["data"][0]["sha256"] == NUMBERS["data"].removeprefix("sha256:")
    assert made["notebook"] == STEM
    assert made["licence"] == "CC-BY-4.0"


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_path_or_time_gets_in(files, kind):
    content = files[kind].read_bytes()
    if kind in ("png", "tiff"):  # pixels may hold any bytes
        with Image.open(io.BytesIO(content)) as image:
            content = repr((image.info, dict(getattr(image, "tag_v2", {})))).encode()
    host = f"@{socket.gethostname()}"
    for word in (host, str(catalog.project_folder()), "/srv/x", "/root", "/home"):
        assert word.encode() not in content
    for word in ("CreationDate", "ModDate", "CreateDate", "date>", getpass.getuser() + "@"):
        assert word.encode() not in content
    assert not re.search(rb"\b\d\d:\d\d:\d\d\b", content)


def test_readers_of_pdf_find_title_tag_and_language(files):
    reader = pypdf.PdfReader(files["pdf"])
    assert reader.metadata.title == "Үкімет тиімділігі"
    assert reader.metadata.subject == NUMBERS["caption"]
    root = reader.root_object
    assert root["/Lang"] == "kk"
    assert root["/MarkInfo"]["/Marked"].value is True
    figure = root["/StructTreeRoot"]["/K"].get_object()
    assert (figure["/S"], figure["/Alt"]) == ("/Figure", ALT)
    assert reader.xmp_metadata.dc_title["x-default"] == "Үкімет тиімділігі"
    assert reader.xmp_metadata.dc_rights["x-default"] == "CC-BY-4.0"


def test_readers_of_svg_find_title_and_desc_first(files):
    root = ElementTree.fromstring(files["svg"].read_bytes())
    assert [child.tag.split("}")[1] for child in root][:3] == ["title", "desc", "metadata"]
    assert root[1].text == ALT
    assert root.get("role") == "img"


def test_readers_of_pixels_find_their_fields(files):
    with Image.open(files["png"]) as image:
        assert image.info["Description"] == ALT
        assert image.info["Title"] == "Үкімет тиімділігі"
        assert "Matplotlib" not in image.info["Software"]
        assert "matplotlib 3" in image.info["Software"]
        assert image.info["dpi"] == pytest.approx((500, 500), abs=0.1)
    with Image.open(files["tiff"]) as image:
        assert image.tag_v2[33432] == "CC-BY-4.0"
    assert "Үкімет тиімділігі".encode() + b"\0" in files["tiff"].read_bytes()
    with Image.open(files["tiff"]) as image:
        assert b"AltTextAccessibility" in image.tag_v2[700]


def test_an_eps_keeps_to_its_rules(files):
    content = files["eps"].read_bytes()
    assert content.startswith(b"%!PS-Adobe-3.0 EPSF-3.0\n")
    comments, _ = content.split(b"%%EndComments", 1)
    assert max(map(len, comments.splitlines())) <= 255
    assert comments.isascii()
    assert b"?" not in re.search(rb"%%Title: (.*)", comments)[1]
    box = re.search(rb"%%HiResBoundingBox: 0.000000 0.000000 ([\d.]+)", comments)
    assert float(box[1]) == pytest.approx(90 / 25.4 * 72, abs=0.1)


def test_a_file_from_elsewhere_or_stripped_is_named(tmp_path, files):
    for kind, content in {"pdf": b"%PDF-1.4 nothing", "svg": b"<svg", "png": b"x"}.items():
        path = tmp_path / f"x.{kind}"
        path.write_bytes(content)
        with pytest.raises(BadFile, match=rf"x.{kind} (is damaged|cannot be read)"):
            metadata.read_metadata(path)
    with Image.open(files["png"]) as image:
        image.save(tmp_path / "stripped.png")
    plain = io.BytesIO()
    plt.figure().savefig(plain, format="svg")
    (tmp_path / "plain.svg").write_bytes(plain.getvalue())
    (tmp_path / "plain.json").write_text(json.dumps({"n": 1}))
    for name in ("stripped.png", "plain.svg", "plain.json"):
        with pytest.raises(BadFile, match=f"{name} does not say how it was made"):
            metadata.read_metadata(tmp_path / name)
    with pytest.raises(BadFile, match=r"gone\.json cannot be read \(No such file"):
        metadata.read_metadata(tmp_path / "gone.csv")
    with pytest.raises(UnknownName, match=r"x\.gif is not a file of a figure; those are"):
        metadata.read_metadata(tmp_path / "x.gif")
