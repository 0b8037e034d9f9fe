"""Words and numbers as statistical offices write them: labels, groups of people, waves, shares."""

import re
import unicodedata
from typing import NamedTuple

from govlib.datasets.surveys import TOTAL
from govlib.errors import BadTable

REGIONS = {
    "Abai region": "абай абайская abai abay",
    "Akmola region": "акмолинская акмола ақмола akmola",
    "Aktobe region": "актюбинская ақтөбе aktobe",
    "Almaty region": "алматинская алматы_облысы almaty_region almaty_oblast",
    "Atyrau region": "атырауская атырау atyrau",
    "East Kazakhstan region": "восточно-казахстанская шығыс_қазақстан east_kazakhstan вко шқо",
    "Karaganda region": "карагандинская қарағанды karaganda karagandy",
    "Kostanay region": "костанайская қостанай kostanay kostanai",
    "Kyzylorda region": "кызылординская қызылорда kyzylorda",
    "Mangystau region": "мангистауская мангыстауская маңғыстау mangystau mangistau",
    "North Kazakhstan region": "северо-казахстанская солтүстік_қазақстан north_kazakhstan ско сқо",
    "Pavlodar region": "павлодарская павлодар pavlodar",
    "South Kazakhstan region": "южно-казахстанская оңтүстік_қазақстан south_kazakhstan юко оқо",
    "Turkistan region": "туркестанская түркістан turkistan turkestan",
    "Ulytau region": "улытау улытауская ұлытау ulytau",
    "West Kazakhstan region": "западно-казахстанская батыс_қазақстан west_kazakhstan зко бқо",
    "Zhambyl region": "жамбылская жамбыл zhambyl",
    "Zhetysu region": "жетысу жетісу жетысуская zhetysu zhetisu jetisu",
    "Almaty": "г_алматы город_алматы алматы_қаласы almaty_city city_of_almaty",
    "Astana": "астана нур-султан нұр-сұлтан astana nur-sultan",
    "Shymkent": "шымкент shymkent",
}
"""Regions and cities of republican rank by their English name, with how files write them."""

DIVIDED = {
    "East Kazakhstan region": "Abai region",
    "Karaganda region": "Ulytau region",
    "Almaty region": "Zhetysu region",
}
"""Regions divided in June 2022, and the region that was formed of each."""

AMBIGUOUS = "алматы"
"""The region in Kazakh and the city in Russian, if nothing is added."""

_GROUPS = {
    TOTAL: "всего барлығы барлыгы итого total все_население все_опрошенные бүкіл_халық "
    "республика_казахстан қазақстан_республикасы казахстан қазақстан kazakhstan рк қр "
    "republic_of_kazakhstan оба_пола екі_жыныс both_sexes _t",
    "urban": "городская_местность город городские городское_население городская қала қалалық "
    "қалалық_жер қала_халқы қалалық_халық urban urban_areas urban_area urban_population u",
    "rural": "сельская_местность село сельские сельское_население сельская ауыл ауылдық "
    "ауылдық_жер ауыл_халқы ауылдық_халық rural rural_areas rural_area rural_population r",
    "men": "мужчины мужчина мужской мужской_пол ерлер ер ер_адамдар men male males m",
    "women": "женщины женщина женский женский_пол әйелдер әйел women female females f",
}
_KINDS = {TOTAL: TOTAL, "urban": "locality", "rural": "locality", "men": "sex", "women": "sex"}
INCLUDING = ["в_том_числе", "оның_ішінде", "соның_ішінде", "including", "из_них", "of_which"]

_ITEMS = {
    "prosecutor": r"прокуратур|prosecut",
    "police": r"полиц|\bpolice",
    "internal_affairs": r"внутренних дел|ішкі істер|internal affairs",
    "anticorruption_service": r"антикорруп|сыбайлас|anti-?corruption",
    "economic_investigation": r"экономических расслед|экономикалық терге|economic investigation",
    "civil_protection": r"гражданской защиты|азаматтық қорға|civil protection",
    "courts": r"\bсуд(ам|ы|ов|ебн)|\bсот|\bcourts?\b",
    "safety": r"16[-.]1[-.]4|чувств\w* безопасн|қауіпсіздік сезім|feeling of safety",
    "fire_service": r"противопожар|өртке қарсы|\bfire\b",
}
_ANSWERS = {
    "never_or_hard_to_say": r"(сталкив|кездес|encounter).*(затрудн|қиын|difficult|hard to)",
    "never_encountered": r"сталкив|кездес|encounter",
    "hard_to_say": r"затрудн|жауап беру қиын|difficult to (answer|say)|hard to say",
    "partly_disagree": r"(частично|скорее) не ?согл|ішінара келіспе|(partly|partially) disagree",
    "fully_disagree": r"(полностью|совсем|абсолютно) не ?согл|(толық|мүлдем) келіспе|fully disagr",
    "partly_agree": r"(частично|скорее) согл|ішінара келіс|(partly|partially) agree",
    "fully_agree": r"полностью согл|толық(тай)? келіс|fully agree",
    "not_safe_at_all": r"(совсем|совершенно) не в безоп|мүлдем қауіпсіз емес|not safe at all",
    "not_safe": r"^не в безоп|^қауіпсіз емес|^not safe|^unsafe",
    "fairly_safe": r"относительной безоп|біршама қауіпсіз|fairly safe",
    "fully_safe": r"полной безоп|толық қауіпсіз|fully safe",
    "no_trust": r"^не доверя|^нет доверия|^сенбей|^сенім жоқ|^no trust",
    "high": r"^высок|^жоғары|^high",
    "average": r"^средн|^орташа|^average",
    "low": r"^низк|^төмен|^low",
}
# Codes of the national SDG platform, indicators 16.1.4 and 16.3.3.2, as its translations give them.
_SDG_CODES = {
    "_L_KZ_16030302_1A": "anticorruption_service",
    "_L_KZ_16030302_1B": "anticorruption_service",
    "_L_KZ_16030302_1C": "internal_affairs",
    "_L_KZ_16030302_1D": "civil_protection",
    "_L_KZ_16030302_1E": "prosecutor",
    "_L_KZ_16030302_1F": "economic_investigation",
    "_L_KZ_16030302_1G": "police",
    "_L_KZ_16030302_1H": "prosecutor",
    "_L_KZ_16030302_1I": "economic_investigation",
    "_L_TRST_STRAGG": "fully_agree",
    "_L_TRST_PARTAGG": "partly_agree",
    "_L_TRST_PARTDIS": "partly_disagree",
    "_L_TRST_STRDIS": "fully_disagree",
    "_L_TRST_NEV": "never_encountered",
    "_L_TRST_HIGH": "high",
    "_L_TRST_AVG": "average",
    "_L_TRST_LOW": "low",
    "_L_TRST_NO": "no_trust",
    "_L_KZ_160104_1A": "fully_safe",
    "_L_KZ_160104_1B": "fairly_safe",
    "_L_KZ_160104_1C": "not_safe",
    "_L_KZ_160104_1D": "not_safe_at_all",
    "_L_KZ_160104_1E": "hard_to_say",
}

# Letters that look alike in both scripts; the longer list is for words known to be Cyrillic.
_LATIN = "AaBCcEeHIiKkMOoPpTXxYyƏəhƟɵ"
_CYRILLIC = "АаВСсЕеНІіКкМОоРрТХхУуӘәһӨө"
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)

_MONTHS = (
    "январ|қаңтар|january",
    "феврал|ақпан|february",
    "март|наурыз|march",
    "апрел|сәуір|april",
    r"ма[йя]\b|мамыр|may\b",
    "июн|маусым|june",
    "июл|шілде|july",
    "август|тамыз|august",
    "сентябр|қыркүйек|september",
    "октябр|қазан\\b|қазанда|october",
    "ноябр|қараша|november",
    "декабр|желтоқсан|december",
)
_QUARTER = r"\b(iv|iii|ii|i|[1-4])[ -]*(?:й |ші |шы |th |st )?(?:кв\w*|тоқсан\w*|quarter)"


class Wave(NamedTuple):
    """When a survey was taken: name, first and last year or month (ISO 8601)."""

    name: str
    start: str
    end: str


class Reading(NamedTuple):
    """What a cell says: a share (or none, and why) and the footnote mark beside it."""

    share: float | None
    why: str
    mark: str


def clean(text: object) -> str:
    """Write a label plainly: one kind of space, and each word in one script.

    Words that mix Cyrillic with Latin letters of the same look ("Cеверо", with a Latin C) are
    common in published files and would match nothing.
    """
    if isinstance(text, float) and text.is_integer():
        text = int(text)
    plain = unicodedata.normalize("NFC", str(text)).replace("\u00ad", "").replace("\ufeff", "")
    plain = " ".join(re.sub(r"[\s\u200b]+", " ", plain).split())
    return re.sub(r"[^\W\d_]+", lambda word: _one_script(word[0]), plain)


def _one_script(word: str) -> str:
    """Write a word that mixes two scripts in the one that its unmistakable letters are of."""
    scripts = [unicodedata.name(letter, "").split(" ")[0] for letter in word]
    if "LATIN" not in scripts or "CYRILLIC" not in scripts:
        return word
    own = [s for letter, s in zip(word, scripts, strict=True) if letter not in _LATIN + _CYRILLIC]
    latin = "LATIN" in own and "CYRILLIC" not in own
    return word.translate(_TO_LATIN if latin else _TO_CYRILLIC)


def fold(text: object) -> str:
    """Return a label as it is compared: cleaned, small letters, no footnote mark."""
    folded = clean(text).casefold().replace("ё", "е")
    folded = re.sub(r"[\s*†‡¹²³⁴⁵⁶⁷⁸⁹⁰⁾:]+$|(?<=\D)\s*\d\)$", "", folded)
    return re.sub(r"[–—‑]", "-", folded)


def _key(text: object) -> str:
    """Return a folded label as the word lists above write it."""
    return re.sub(r"[\s.,]+", "_", fold(text)).strip("_")


def _by_word(lists: dict[str, str]) -> dict[str, str]:
    """Turn lists of spellings round: what each spelling stands for."""
    return {_key(w.replace("_", " ")): name for name, words in lists.items() for w in words.split()}


_REGION_WORDS, _GROUP_WORDS = _by_word(REGIONS), _by_word(_GROUPS)
_RANK = (
    r"^(область|город|г|обл|region|oblast)_|_(область|обл|облысы|region|oblast|қаласы|қ|city|г)$"
)


def find_group(label: object) -> tuple[str, str] | None:
    """Say which group of people a label means.

    Parameters
    ----------
    label : object
        As in a file, in Kazakh, Russian or English or as a code (``U``, ``M``, ``Y15T19``); two
        languages may stand in one cell, one a line or parted by a slash.

    Returns
    -------
    tuple of str, or None
        `group_by` (total, region, locality, sex, age) and `group`; None if it is none of these.
    """
    for part in [str(label), *re.split(r"[\n/|]", str(label))]:
        key = _key(part)
        if key in _GROUP_WORDS:
            return _KINDS[_GROUP_WORDS[key]], _GROUP_WORDS[key]
        bare = re.sub(_RANK, "", key)
        for word in (key, bare):
            if word in _REGION_WORDS:
                return "region", _REGION_WORDS[word]
        if age := re.fullmatch(r"y?(\d\d)(?:t|_?-_?)(\d\d)(?:_?(?:лет|жас\w*|years?))?", key):
            return "age", f"{age[1]}-{age[2]}"
        older = r"y_ge(\d\d)|(\d\d)\+|(\d\d)_(?:лет_)?(?:и|жас|жастан|years|and)_?.*"
        if age := re.fullmatch(older, key):
            return "age", f"{age[1] or age[2] or age[3]}+"
    return None


def find_wave(text: object, *, whole: bool = False) -> Wave | None:
    """Read the year, months or quarter that a text names.

    Parameters
    ----------
    text : object
        A title ("... 2023 жыл", "октябрь-ноябрь 2023 года"), a heading (2023) or a period
        (202310, "4 квартал 2023").
    whole : bool
        Whether the text must be nothing but a period.

    Returns
    -------
    Wave or None
        None if no year, or more than one, is named.
    """
    folded = fold(text)
    if packed := re.fullmatch(r"((?:19|20)\d\d)(0[1-9]|1[0-2])", folded):
        month = f"{packed[1]}-{packed[2]}"
        return Wave(month, month, month)
    years = set(re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", folded))
    if len(years) != 1:
        return None
    year = years.pop()
    months = [n for n, stem in enumerate(_MONTHS, 1) if re.search(rf"\b(?:{stem})", folded)]
    quarter = re.search(_QUARTER, folded)
    if whole:
        rest = re.sub(rf"\b(?:{'|'.join(_MONTHS)})\w*", " ", re.sub(_QUARTER, " ", folded))
        rest = re.sub(r"\b(?:год\w*|г|жыл\w*|years?|за|в)\b", " ", rest.replace(year, " "))
        if re.search(r"\w", rest):
            return None
    if quarter:
        number = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(quarter[1]) or int(quarter[1])
        return Wave(f"{year}-{3 * number - 2:02}", f"{year}-{3 * number - 2:02}",
                    f"{year}-{3 * number:02}")  # fmt: skip
    if months:
        first, last = f"{year}-{months[0]:02}", f"{year}-{months[-1]:02}"
        return Wave(first, first, last)
    return Wave(year, year, year)


def read_share(value: object, place: str) -> Reading:
    """Read a share as it is printed.

    Parameters
    ----------
    value : object
        Content of a cell: a number, or text such as ``4,9*``, ``1)``-marked numbers, ``…``
        (not available), ``x`` (confidential), ``-`` (no cases: 0), or nothing.
    place : str
        Where it stands, for the message.

    Returns
    -------
    Reading
        The share in percent, or None and why; the footnote mark.

    Raises
    ------
    BadTable
        If it is not a number, or not a percentage from 0 to 100.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value != value:
            return Reading(None, "blank", "")
        share, mark = float(value), ""
    else:
        text = clean("" if value is None else value)
        if text.casefold() in ("", "nan", "null"):
            return Reading(None, "blank", "")
        if re.fullmatch(r"…|\.{2,3}", text):
            return Reading(None, f"{text} (not available)", "")
        if text.casefold() in ("x", "х"):
            return Reading(None, f"{text} (confidential)", "")
        if text in ("-", "–", "—", "−"):
            return Reading(0.0, "- (no cases)", "")
        number = re.fullmatch(r"(\d{1,3}(?:[.,]\d+)?)\s*%?\s*((?:[*†‡¹²³⁴⁵⁶⁷⁸⁹⁰⁾]|\d\))*)", text)
        if not number:
            raise BadTable(
                f"{place}: {value!r} is not a share. Expected a number such as 4,9, perhaps with a "
                "footnote mark (4,9*), or … (not available), x (confidential), - (no cases)."
            )
        share, mark = float(number[1].replace(",", ".")), number[2]
    if not 0 <= share <= 100:
        raise BadTable(
            f"{place}: {value!r} is not a percentage from 0 to 100. Choose a table of shares."
        )
    return Reading(share, "", mark)


def name_item(label: str) -> str:
    """Return the project's name of a body that is asked about, or the label itself."""
    return _name(label, _ITEMS)


def name_answer(label: str) -> str:
    """Return the project's name of an answer, or the label itself."""
    return _name(label, _ANSWERS)


def is_answer(label: str) -> bool:
    """Say whether a label is an answer that the project knows."""
    return name_answer(label) in {*_ANSWERS, *_SDG_CODES.values()}


def is_item(label: str) -> bool:
    """Say whether a label is a body that the project knows."""
    return name_item(label) in _ITEMS


def _name(label: str, patterns: dict[str, str]) -> str:
    """Return the first name whose pattern the label has."""
    if label in _SDG_CODES:
        return _SDG_CODES[label]
    found = [name for name, pattern in patterns.items() if re.search(pattern, fold(label))]
    return found[0] if found else label
