"""Named groups of economies, from a documented table, never from names."""

import io
from collections.abc import Iterable

import pandas as pd

from govlib.datasets import package as catalog
from govlib.errors import BadParameter, UnknownName, did_you_mean
from govlib.i18n import words


def read_groups() -> pd.DataFrame:
    """Return the groups of economies that are held.

    Returns
    -------
    DataFrame
        One row per group and member, sorted so: `group` (the word to ask for), `title`,
        `economy` (World Bank code), `as_of` (the date that the membership describes).

        Held are ``central_asia``, ``eaeu``, ``cis``, ``eu``, ``oecd``, the World Bank's regions
        (``eas ecs lcn mea nac sas ssf``) and income groups (``hic umc lmc lic``), and
        ``article``: Kazakhstan's comparison group. Sources are in ``data/datapackage.json``.
    """
    content = catalog.read_bytes(catalog.find_resource("groups"))
    return pd.read_csv(io.BytesIO(content), keep_default_na=False, dtype=str)


def economies_in(groups: str | Iterable[str]) -> list[str]:
    """Return the members of one or several groups; codes stand for themselves.

    Parameters
    ----------
    groups : str or iterable of str
        Words of `read_groups` and World Bank codes, mixed as you like: ``["eaeu", "EST"]``.

    Returns
    -------
    list of str
        World Bank codes in the order asked for, each once. A member need not be in every edition
        of the WGI.

    Raises
    ------
    UnknownName
        If a word is neither a group nor a code; names the groups.
    BadParameter
        If nothing is asked for.
    """
    if not isinstance(groups, Iterable):
        raise BadParameter(f"groups = {groups!r}: a word of read_groups or a list is needed.")
    asked = [groups] if isinstance(groups, str) else list(groups)
    if not asked:
        raise BadParameter("No group or economy is named: one or more is needed.")
    table = read_groups()
    names = catalog.economy_names()
    titles = dict(zip(table["group"], table["title"], strict=True))
    members: list[str] = []
    for word in asked:
        if word in titles:
            members += table.loc[table["group"] == word, "economy"].tolist()
        elif word in names:
            members.append(word)
        else:
            listed = ", ".join(f"{group} ({title})" for group, title in titles.items())
            raise UnknownName(
                f"{word!r} is neither a group nor a World Bank code. Groups: {listed}."
                f"{did_you_mean(word, [*titles, *names], names | titles)}"
            )
    return list(dict.fromkeys(members))


def groups_of(economy: str) -> dict[str, list[str]]:
    """Return the groups that an economy is in.

    Parameters
    ----------
    economy : str
        World Bank code.

    Returns
    -------
    dict of str to list of str
        Members of each group, by its title, as `positions.positions_in_groups` takes them; the
        group ``article`` only for Kazakhstan's comparison.

    Raises
    ------
    UnknownName
        If the code is in no group and not among the economies of the WGI.
    """
    if economies_in(economy) != [economy]:
        raise UnknownName(f"{economy!r} is no World Bank code of an economy: name one.")
    table = read_groups()
    own = set(table.loc[table["economy"] == economy, "group"])
    return {
        str(rows["title"].iloc[0]): rows["economy"].tolist()
        for group, rows in table.groupby("group", sort=False)
        if group in own
    }


def group_titles(language: str = "en") -> dict[str, str]:
    """Return the title of each group of economies by the word to ask for it.

    Parameters
    ----------
    language : str
        "en", "ru" or "kk".

    Returns
    -------
    dict of str to str

    Raises
    ------
    UnknownName
        If there is no such language, or no title in it.
    """
    words.check_language(language)
    table = read_groups()
    titles = dict(zip(table["group"], table["title"], strict=True))
    if language == "en":
        return titles
    return {group: words.word(f"group.{group}", language) for group in titles}
