"""What a figure's file says about itself: title, caption, alternative text, how it was made.

The plain fields are written by matplotlib and Pillow; here are the XMP packet (PDF, PNG, TIFF, and
as RDF in SVG), the PDF's tag with the alternative text, and the comments of EPS. `read_metadata`
reads them back. Dates are left out: equal figures are equal bytes.
"""

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf import generic as pdf

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


def describe_file(
    stem: str, made: Mapping[str, Any], *, caption: str, alternative_text: str, language: str
) -> About:
    """Gather what a result's files say about it, with the caption's first sentence as title."""
    return {
        "title": re.split(r"(?<=[.!?])\s", caption, maxsplit=1)[0].rstrip(".") or stem,
        "caption": caption,
        "alternative_text": alternative_text,
        "language": language,
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


def vector_fields(about: About, kind: str) -> dict[str, str | None]:
    """Return the fields of a PDF, SVG or EPS for matplotlib's ``savefig(metadata=...)``."""
    fields: dict[str, str | None] = {"Creator": software(about)}
    if kind != "eps":
        fields["Title"] = about["title"]
    if kind == "pdf":
        fields |= {"Subject": about["caption"], "Keywords": about["made"]["licence"]}
    return fields | {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(kind, {})


def pixel_fields(about: About) -> dict[str, str]:
    """Return the fields of a PNG; one that is empty is left out."""
    fields = {
        "Title": about["title"],
        "Description": about["alternative_text"],
        "Source": " ".join(sources(about)),
        "Copyright": about["made"]["licence"],
        "Software": software(about),
        XMP_KEY: write_xmp(about),
    }
    return {name: text for name, text in fields.items() if text}


def tiff_tags(about: About) -> dict[int, str | bytes]:
    """Return the tags of a TIFF: description, software, copyright, XMP."""
    return {
        270: about["title"].encode(),  # as text, Pillow would put ? for Cyrillic
        305: software(about),
        33432: about["made"]["licence"],
        700: write_xmp(about).encode(),
    }


def tag_pdf(content: bytes, about: About) -> bytes:
    """Add XMP, language and a tag with the alternative text to a PDF of one page."""
    writer = PdfWriter(clone_from=io.BytesIO(content))
    writer.pdf_header = "%PDF-1.7"

    def added(item: pdf.PdfObject) -> Any:
        item.indirect_reference = None  # makes its clone an object of the file
        return item.clone(writer).indirect_reference

    def mapping(**entries: Any) -> pdf.DictionaryObject:
        named = {"Type", "Subtype", "S"} & set(entries)
        entries |= {key: pdf.NameObject(f"/{entries[key]}") for key in named}
        return pdf.DictionaryObject({pdf.NameObject(f"/{k}"): v for k, v in entries.items()})

    def stream(text: bytes) -> Any:
        made = pdf.DecodedStreamObject()
        made.set_data(text)
        return added(made)

    page, root = writer.pages[0], writer.root_object
    drawn = [stream(b"/Figure <</MCID 0>> BDC\n"), page.raw_get("/Contents"), stream(b"\nEMC\n")]
    language, zero = pdf.TextStringObject(about["language"]), pdf.NumberObject(0)
    alternative = pdf.TextStringObject(about["alternative_text"])
    tree = added(mapping(Type="StructTreeRoot"))
    element = mapping(Type="StructElem", S="Figure", P=tree, Pg=page.indirect_reference, K=zero)
    element.update(mapping(Lang=language, Alt=alternative))
    figure = added(element)
    numbers = pdf.ArrayObject([zero, pdf.ArrayObject([figure])])
    tree.get_object().update(mapping(K=figure, ParentTree=mapping(Nums=numbers)))
    page.update(mapping(Contents=pdf.ArrayObject(drawn), StructParents=zero))
    writer.xmp_metadata = write_xmp(about).encode()
    packet: Any = root["/Metadata"]
    packet.update(mapping(Type="Metadata", Subtype="XML"))
    marked = mapping(Marked=pdf.BooleanObject(True))
    root.update(mapping(StructTreeRoot=tree, MarkInfo=marked, Lang=language))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def describe_svg(content: bytes, about: About) -> bytes:
    """Add desc, language and RDF to an SVG that matplotlib wrote with a title."""
    language = quoteattr(about["language"])
    text = content.decode("utf-8").replace("<svg ", f'<svg role="img" xml:lang={language} ', 1)
    # matplotlib names clips by the last bit of their places, which the layout does not repeat.
    for number, name in enumerate(re.findall(r'<clipPath id="(p[0-9a-f]{10})"', text)):
        text = text.replace(name, f"clip-{number}")
    if about["alternative_text"]:
        desc = f"</title>\n <desc>{escape(about['alternative_text'])}</desc>"
        text = text.replace("</title>", desc, 1)
    return text.replace("</rdf:RDF>", f"{_rdf(about)}\n  </rdf:RDF>", 1).encode()


def describe_eps(content: bytes, about: About) -> bytes:
    """Write metadata into comments of an EPS, and leave out the time."""
    text = re.sub(rb"^%%(CreationDate|Title|Creator):.*\n", b"", content, flags=re.MULTILINE)
    packed = json.dumps(about)
    # Comments are ASCII: a title in Cyrillic is in the packed lines only.
    title = about["title"] if about["title"].isascii() else about["made"]["notebook"] or ""
    comments = [f"%%Title: {title[:EPS_LINE]}", f"%%Creator: {software(about)}"]
    comments += [f"%govlib: {packed[i : i + EPS_LINE]}" for i in range(0, len(packed), EPS_LINE)]
    return text.replace(b"%%EndComments", "\n".join([*comments, "%%EndComments"]).encode(), 1)


FINISH = {"pdf": tag_pdf, "svg": describe_svg, "eps": describe_eps}
"""What completes a file that matplotlib wrote."""


def write_xmp(about: About) -> str:
    """Return an XMP packet, as PDF, PNG and TIFF carry it."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f'<rdf:RDF xmlns:rdf="{NAMESPACES["rdf"]}">\n{_rdf(about)}\n</rdf:RDF>\n'
        '</x:xmpmeta>\n<?xpacket end="r"?>'
    )


def read_metadata(path: str | Path) -> About:
    """Read what a figure's file says about itself.

    `path` is a PDF, SVG, PNG, EPS, TIFF or JSON file that `save` wrote, or any other next to its
    JSON. Raises UnknownName if the ending is none of these, and BadFile if the file cannot be read
    or does not say how it was made.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind in (".csv", ".md", ".tex", ".html", ".docx") and path.with_suffix(".json").exists():
        path, kind = path.with_suffix(".json"), ".json"
    if kind not in (".pdf", ".svg", ".png", ".tiff", ".tif", ".eps", ".json"):
        raise UnknownName(
            f"{path.name} is not a govlib figure: give a PDF, SVG, PNG, EPS, TIFF or JSON file "
            "made by save, or the CSV or Markdown next to its JSON."
        )
    try:
        about = _read(path, kind)
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror or error}).") from error
    except Exception as error:  # a damaged file fails in as many ways as there are parsers
        raise BadFile(f"{path.name} is damaged or not of its kind: {error}") from error
    if about is None:
        raise BadFile(
            f"{path.name} does not say how it was made: it was not saved by govlib, or a program "
            "that changed it removed its metadata."
        )
    return about


def _read(path: Path, kind: str) -> About | None:
    """Read what a file says about itself; None if it says nothing."""
    content = path.read_bytes()
    if kind == ".json":
        record = json.loads(content)
        if not (made := record.get("made_with")):
            return None
        texts = {key: record.get(key) or "" for key in ("caption", "alternative_text")}
        language = str(made["parameters"].get("language", "en"))
        return describe_file(path.stem, made, language=language, **texts)
    if kind == ".eps":
        lines = re.findall(r"^%govlib: (.*)$", content.decode("latin-1"), re.MULTILINE)
        return dict(json.loads("".join(lines))) if lines else None
    if kind == ".pdf":
        packet: Any = PdfReader(io.BytesIO(content)).root_object.get("/Metadata")
        content = packet.get_object().get_data() if packet is not None else b""
    elif kind != ".svg":
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            packet = image.info.get(XMP_KEY) or image.info.get("xmp") or b""
        content = packet if isinstance(packet, bytes) else packet.encode()
    return _parse_rdf(content) if content else None


def _rdf(about: About) -> str:
    """Write one RDF description with its namespaces."""
    made = about["made"]
    spaces = " ".join(f'xmlns:{key}="{url}"' for key, url in NAMESPACES.items() if key != "rdf")

    def plain(tag: str, text: str) -> str:
        return f"<{tag}>{escape(text)}</{tag}>"

    def worded(tag: str, text: str) -> str:
        item = f'<rdf:li xml:lang="x-default">{escape(text)}</rdf:li>'
        return f"<{tag}><rdf:Alt>{item}</rdf:Alt></{tag}>"

    def listed(tag: str, *texts: str) -> str:
        items = "".join(plain("rdf:li", text) for text in texts)
        return f"<{tag}><rdf:Bag>{items}</rdf:Bag></{tag}>"

    parts = [
        worded("dc:title", about["title"]),
        worded("dc:description", about["caption"]),
        worded("dc:rights", made["licence"]),
        plain("dc:source", " ".join(sources(about))),
        listed("dc:publisher", *(data["publisher"] for data in made["data"])),
        listed("dc:language", about["language"]),
        plain("xmp:CreatorTool", software(about)),
        plain("xmpRights:WebStatement", LICENCE_PAGES.get(made["licence"], made["licence"])),
        worded("Iptc4xmpCore:AltTextAccessibility", about["alternative_text"]),
        plain("govlib:made", json.dumps(made, ensure_ascii=False)),
    ]
    return f'<rdf:Description rdf:about="" {spaces}>\n' + "\n".join(parts) + "\n</rdf:Description>"


def _parse_rdf(packet: bytes) -> About | None:
    """Read the description that `_rdf` wrote, among any others."""
    described = ElementTree.fromstring(packet).iterfind(
        ".//rdf:Description[govlib:made]", NAMESPACES
    )
    if (node := next(described, None)) is None:
        return None
    tags = {
        "title": "dc:title",
        "caption": "dc:description",
        "alternative_text": "Iptc4xmpCore:AltTextAccessibility",
        "language": "dc:language",
        "made": "govlib:made",
    }
    found = {name: node.find(tag, NAMESPACES) for name, tag in tags.items()}
    about: About = {
        name: "" if one is None else "".join(one.itertext()).strip() for name, one in found.items()
    }
    return about | {"made": json.loads(about["made"])}
