"""What a figure's file says about itself: title, caption, alternative text, how it was made.

Written as XMP (PDF, PNG, TIFF), RDF (SVG) and comments (EPS), with the plain fields that viewers
show; `read_metadata` reads them back. Dates are left out: equal figures are equal bytes.
"""

import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from govlib.errors import BadFile, UnknownName

About = dict[str, Any]
"""``title``, ``caption``, ``alternative_text``, ``language``, ``made`` (`describe_result`)."""

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "govlib": "https://doi.org/10.52123/1994-2370-2024-1184#govlib",
}
LICENCE_PAGES = {"CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/"}
XMP_KEY = "XML:com.adobe.xmp"
EPS_LINE = 200


def describe_figure(stem: str, numbers: Mapping[str, Any], made: Mapping[str, Any]) -> About:
    """Gather what a figure's files say about it.

    Parameters
    ----------
    stem : str
        Name of the files: the title where there is no caption.
    numbers : mapping
        With ``caption`` and ``alternative_text``, where there are any; ``language`` among its
        ``parameters`` (English by default).
    made : mapping
        As `provenance.describe_result` returns it.

    Returns
    -------
    dict
        ``title`` (the caption's first sentence), ``caption``, ``alternative_text``, ``language``,
        ``made``.
    """
    caption = str(numbers.get("caption") or "")
    return {
        "title": re.split(r"(?<=[.!?])\s", caption, maxsplit=1)[0].rstrip(".") or stem,
        "caption": caption,
        "alternative_text": str(numbers.get("alternative_text") or ""),
        "language": str(made["parameters"].get("language", "en")),
        "made": dict(made),
    }


def software(about: About) -> str:
    """Return the names and versions of the programs that made a figure."""
    return ", ".join(f"{name} {number}" for name, number in about["made"]["software"].items())


def sources(about: About) -> list[str]:
    """Return how the data and the figure are cited, each once and as a sentence."""
    named = [data["citation"] or data["title"] for data in about["made"]["data"]]
    cited = [f"{name.removesuffix('.')}." for name in named]
    return [*dict.fromkeys(cited), about["made"]["citation"]]


def embed_pdf(content: bytes, about: About, *, scale: float = 1.0) -> bytes:
    """Write metadata into a PDF of one page: its fields, XMP, and a tag with alternative text.

    Parameters
    ----------
    content : bytes
        The file as matplotlib writes it.
    about : dict
        As `describe_figure` returns it.
    scale : float
        What to multiply all lengths with.

    Returns
    -------
    bytes
        The file.
    """
    from pypdf import PdfWriter
    from pypdf.generic import (
        ArrayObject,
        DecodedStreamObject,
        DictionaryObject,
        FloatObject,
        NameObject,
        NumberObject,
        TextStringObject,
    )

    writer = PdfWriter(clone_from=io.BytesIO(content))
    writer.pdf_header = "%PDF-1.7"
    page = writer.pages[0]
    drawn = page.get_contents()
    assert drawn is not None
    matrix = f"{scale:.6g} 0 0 {scale:.6g} 0 0 cm"
    stream = DecodedStreamObject()
    stream.set_data(
        f"/Figure <</MCID 0>> BDC\nq {matrix}\n".encode() + drawn.get_data() + b"\nQ\nEMC\n"
    )
    page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    box = ArrayObject([FloatObject(round(float(side) * scale, 4)) for side in page.mediabox])
    page[NameObject("/MediaBox")] = box
    page[NameObject("/StructParents")] = NumberObject(0)
    figure = DictionaryObject()
    root = DictionaryObject({NameObject("/Type"): NameObject("/StructTreeRoot")})
    figure_ref, root_ref = writer._add_object(figure), writer._add_object(root)
    figure |= {
        NameObject("/Type"): NameObject("/StructElem"),
        NameObject("/S"): NameObject("/Figure"),
        NameObject("/P"): root_ref,
        NameObject("/Pg"): page.indirect_reference,
        NameObject("/K"): NumberObject(0),
        NameObject("/Lang"): TextStringObject(about["language"]),
        NameObject("/Alt"): TextStringObject(about["alternative_text"]),
    }
    root[NameObject("/K")] = figure_ref
    parents = ArrayObject([NumberObject(0), ArrayObject([figure_ref])])
    root[NameObject("/ParentTree")] = DictionaryObject({NameObject("/Nums"): parents})
    packet = DecodedStreamObject()
    packet.set_data(write_xmp(about).encode())
    packet |= {
        NameObject("/Type"): NameObject("/Metadata"),
        NameObject("/Subtype"): NameObject("/XML"),
    }
    writer.root_object.update(
        {
            NameObject("/Metadata"): writer._add_object(packet),
            NameObject("/StructTreeRoot"): root_ref,
            NameObject("/MarkInfo"): DictionaryObject(
                {NameObject("/Marked"): _pdf_true()},
            ),
            NameObject("/Lang"): TextStringObject(about["language"]),
        }
    )
    writer.add_metadata(
        {
            "/Title": about["title"],
            "/Subject": about["caption"],
            "/Creator": software(about),
            "/Keywords": about["made"]["licence"],
        }
    )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _pdf_true() -> Any:
    """Return PDF's true."""
    from pypdf.generic import BooleanObject

    return BooleanObject(True)


def embed_svg(content: bytes, about: About, *, scale: float = 1.0) -> bytes:
    """Write metadata into an SVG: title, desc, RDF; see `embed_pdf`."""
    text = content.decode("utf-8")
    head, body = re.split(r"(?<=<svg)(?= )", text, maxsplit=1)
    title = f"<title>{escape(about['title'])}</title>\n"
    if about["alternative_text"]:
        title += f" <desc>{escape(about['alternative_text'])}</desc>\n"
    tag, rest = body.split(">", 1)
    for side in ("width", "height"):
        tag = re.sub(rf'(?<= {side}=")([\d.]+)(?=pt")', lambda n: f"{float(n[1]) * scale:.6g}", tag)
    language = quoteattr(about["language"])
    rest = rest.replace("</rdf:RDF>", f"{_rdf(about)}\n  </rdf:RDF>", 1)
    return f'{head} role="img" xml:lang={language}{tag}>\n {title}{rest.lstrip()}'.encode()


def embed_eps(content: bytes, about: About, *, scale: float = 1.0) -> bytes:
    """Write metadata into comments of an EPS, the clock time left out; see `embed_pdf`."""
    text = content.decode("latin-1")
    text = re.sub(r"^%%(CreationDate|Title|Creator):.*\n", "", text, flags=re.MULTILINE)
    packed = json.dumps(about, ensure_ascii=True)
    lines = [packed[i : i + EPS_LINE] for i in range(0, len(packed), EPS_LINE)]
    # Comments are ASCII: a title in Cyrillic stands in the packed lines only.
    title = about["title"] if about["title"].isascii() else about["made"].get("notebook") or ""
    title = title[:EPS_LINE]
    comments = [f"%%Title: {title}", f"%%Creator: {software(about)}"]
    comments += [f"%govlib: {line}" for line in lines]
    text = text.replace("%%EndComments", "\n".join([*comments, "%%EndComments"]), 1)
    text = text.replace("0 0 translate\n", f"0 0 translate\n{scale:.6g} {scale:.6g} scale\n", 1)

    def scaled(found: re.Match[str]) -> str:
        sides = [float(side) * scale for side in found[2].split()]
        if found[1]:
            return f"%%HiResBoundingBox: {' '.join(f'{side:.6f}' for side in sides)}"
        return f"%%BoundingBox: 0 0 {-(-sides[2] // 1):.0f} {-(-sides[3] // 1):.0f}"

    text = re.sub(r"%%(HiRes)?BoundingBox: ([\d. ]+)", scaled, text)
    return text.encode("latin-1")


def embed_png(png: bytes, about: About) -> bytes:
    """Write the metadata into a PNG as fields (iTXt), before its pixels."""
    from PIL.PngImagePlugin import PngInfo, putchunk

    info = PngInfo()
    fields = {
        "Title": about["title"],
        "Description": about["alternative_text"],
        "Source": " ".join(sources(about)),
        "Copyright": about["made"]["licence"],
        "Software": software(about),
        XMP_KEY: write_xmp(about),
    }
    for key, value in fields.items():
        if value:
            info.add_itxt(key, value, lang=about["language"] if key != XMP_KEY else "")
    chunks = io.BytesIO()
    for kind, content, *_ in info.chunks:
        putchunk(chunks, kind, content)
    at = png.index(b"IDAT") - 4  # a chunk begins with its length
    return png[:at] + chunks.getvalue() + png[at:]


def write_tiff(png: bytes, about: About) -> bytes:
    """Write the pixels of a PNG as a TIFF with the metadata as tags."""
    from PIL import Image

    description, program, artist, packet = 270, 305, 33432, 700
    tags = {
        description: about["title"].encode(),  # as text, Pillow would put ? for Cyrillic
        program: software(about),
        artist: about["made"]["licence"],
        packet: write_xmp(about).encode(),
    }
    content = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        dpi = round(image.info["dpi"][0])  # a PNG says it by the metre
        image.save(content, format="tiff", dpi=(dpi, dpi), tiffinfo=tags, compression="tiff_lzw")
    return content.getvalue()


def write_xmp(about: About) -> str:
    """Write an XMP packet, as PDF, PNG and TIFF hold it."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f'<rdf:RDF xmlns:rdf="{NAMESPACES["rdf"]}">\n{_rdf(about)}\n</rdf:RDF>\n'
        '</x:xmpmeta>\n<?xpacket end="r"?>'
    )


def read_metadata(path: str | Path) -> About:
    """Read what a figure's file says about itself.

    Parameters
    ----------
    path : str or Path
        A file that `save_figure` wrote: PDF, SVG, PNG, EPS, TIFF, JSON, or the CSV or Markdown
        beside its JSON.

    Returns
    -------
    dict
        As `describe_figure`; from EPS and JSON as from the others.

    Raises
    ------
    UnknownName
        If the ending is none of these.
    BadFile
        If the file cannot be read, or does not say how it was made.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind in (".csv", ".md", ".tex", ".html", ".docx"):
        path, kind = path.with_suffix(".json"), ".json"
    if kind not in {*PACKETS, ".eps", ".json"}:
        raise UnknownName(
            f"{path.name} is not a file of a figure; those are .pdf, .svg, .png, .eps, .tiff, "
            ".csv, .json and .md."
        )
    try:
        content = path.read_bytes()
        if kind == ".json":
            numbers = json.loads(content)
            made = numbers.get("made_with")
            return describe_figure(path.stem, numbers, made) if made else _nothing(path)
        if kind == ".eps":
            lines = re.findall(r"^%govlib: (.*)$", content.decode("latin-1"), re.MULTILINE)
            return dict(json.loads("".join(lines))) if lines else _nothing(path)
        packet = PACKETS[kind](content)
        return (_parse_rdf(packet) if packet else None) or _nothing(path)
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror or error}).") from error
    except BadFile:
        raise
    except Exception as error:  # a damaged file fails in as many ways as there are parsers
        raise BadFile(f"{path.name} is damaged or not of its kind: {error}") from error


def _nothing(path: Path) -> About:
    """Say that a file does not tell how it was made."""
    raise BadFile(
        f"{path.name} does not say how it was made: it was not saved by govlib, or a program that "
        "changed it removed its metadata."
    )


def _rdf(about: About) -> str:
    """Write one RDF description with its namespaces."""
    made = about["made"]
    spaces = " ".join(f'xmlns:{key}="{url}"' for key, url in NAMESPACES.items() if key != "rdf")

    def plain(tag: str, text: str) -> str:
        return f"<{tag}>{escape(text)}</{tag}>"

    def worded(tag: str, text: str) -> str:
        words = f'<rdf:li xml:lang="x-default">{escape(text)}</rdf:li>'
        return f"<{tag}><rdf:Alt>{words}</rdf:Alt></{tag}>"

    listed = "".join(f"<rdf:li>{escape(data['publisher'])}</rdf:li>" for data in made["data"])
    parts = [
        worded("dc:title", about["title"]),
        worded("dc:description", about["caption"]),
        worded("dc:rights", made["licence"]),
        plain("dc:source", " ".join(sources(about))),
        f"<dc:publisher><rdf:Bag>{listed}</rdf:Bag></dc:publisher>",
        f"<dc:language><rdf:Bag><rdf:li>{about['language']}</rdf:li></rdf:Bag></dc:language>",
        plain("xmp:CreatorTool", software(about)),
        plain("xmpRights:WebStatement", LICENCE_PAGES.get(made["licence"], made["licence"])),
        worded("Iptc4xmpCore:AltTextAccessibility", about["alternative_text"]),
        plain("govlib:made", json.dumps(made, ensure_ascii=False)),
    ]
    return f'<rdf:Description rdf:about="" {spaces}>\n' + "\n".join(parts) + "\n</rdf:Description>"


def _parse_rdf(packet: bytes) -> About | None:
    """Read the description that `_rdf` wrote, wherever it stands."""
    made = _tag("govlib:made")
    described = ElementTree.fromstring(packet).iter(_tag("rdf:Description"))
    node = next((one for one in described if one.find(made) is not None), None)
    if node is None:
        return None

    def words(tag: str) -> str:
        found = node.find(_tag(tag))
        return "" if found is None else "".join(found.itertext()).strip()

    return {
        "title": words("dc:title"),
        "caption": words("dc:description"),
        "alternative_text": words("Iptc4xmpCore:AltTextAccessibility"),
        "language": words("dc:language"),
        "made": json.loads(words("govlib:made")),
    }


def _tag(name: str) -> str:
    """Return a name with its namespace as ElementTree writes it."""
    space, word = name.split(":")
    return f"{{{NAMESPACES[space]}}}{word}"


def _pdf_xmp(content: bytes) -> bytes:
    """Return the XMP of a PDF."""
    from pypdf import PdfReader

    packet = PdfReader(io.BytesIO(content)).root_object.get("/Metadata")
    return packet.get_object().get_data() if packet is not None else b""


def _pixel_xmp(content: bytes) -> bytes:
    """Return the XMP of a PNG or TIFF."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        image.load()
        packet = image.info.get(XMP_KEY) or image.info.get("xmp") or b""
    return packet if isinstance(packet, bytes) else str(packet).encode()


PACKETS: dict[str, Callable[[bytes], bytes]] = {
    ".pdf": _pdf_xmp,
    ".svg": bytes,
    ".png": _pixel_xmp,
    ".tiff": _pixel_xmp,
    ".tif": _pixel_xmp,
}
