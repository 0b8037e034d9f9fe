"""How often our nominal 90% intervals contain the truth, in a favourable and an adverse world.

python benchmarks/coverage.py

Each line is one kind of interval: coverage where its assumptions hold, and where they fail.
Docs: docs/statistics.md, which has the table that this prints.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

import govlib
from govlib import stats
from govlib.stats.association import rank_correlation

random = np.random.default_rng(2024)
WORLDS = 2000


def table(estimates: np.ndarray, errors: np.ndarray, years: list[int]) -> pd.DataFrame:
    """Make a WGI table of economies (rows) and years (columns)."""
    count = len(estimates)
    rows = [
        {"edition": 2023, "economy": f"A{i:05}", "year": y, "dimension": "ge",
         "estimate": estimates[i, j], "standard_error": errors[i, j]}
        for i in range(count) for j, y in enumerate(years)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def changes() -> Iterator[tuple[str, str, float]]:
    s = random.uniform(0.1, 0.4, (WORLDS, 2))
    for name, true, told in (
        ("rho told truly (0.7)", 0.7, 0.7),
        ("true rho 0.7, taken as 0", 0.7, 0.0),
        ("true rho 0, taken as 0.7", 0.0, 0.7),
    ):
        z = random.multivariate_normal([0, 0], [[1, true], [true, 1]], WORLDS)
        found = stats.change(table(s * z, s, [2018, 2022]), 2018, 2022, rho=told)
        yield "change", name, (found["change_lower"] * found["change_upper"] < 0).mean()


def floors() -> Iterator[tuple[str, str, float]]:
    for name, true, moved in (
        ("nothing changed", 0.7, 0.0),
        ("true changes of 0.1: a lower bound only", 0.7, 0.1),
    ):
        inside = []
        for _ in range(200):
            s = random.uniform(0.1, 0.4, (210, 2))
            e = s * random.multivariate_normal([0, 0], [[1, true], [true, 1]], 210)
            e[:, 1] += moved * random.standard_normal(210)
            row = stats.correlation_floor(table(e, s, [2018, 2022]), 2018, 2022).iloc[0]
            inside.append(row["rho_lower"] <= true <= row["rho_upper"])
        yield "correlation floor", name, float(np.mean(inside))


def trends() -> Iterator[tuple[str, str, float]]:
    for years in (5, 10, 20):
        apart = np.abs(np.arange(years)[:, None] - np.arange(years))
        s = random.uniform(0.1, 0.4, (WORLDS, years))
        e = s * random.multivariate_normal(np.zeros(years), 0.87**apart, WORLDS)
        made = table(e, s, list(range(2000, 2000 + years)))
        for name, rho, decaying in (
            ("decaying, rho told truly (0.87)", 0.87, True),
            ("rho taken as 0", 0.0, True),
            ("one rho of 0.9 for all distances", 0.9, False),
        ):
            found = stats.trend(made, rho=rho, decaying=decaying)
            yield (
                "trend",
                f"{years} years, {name}",
                (found["slope_lower"] * found["slope_upper"] < 0).mean(),
            )


def ranks() -> Iterator[tuple[str, str, float]]:
    wgi = govlib.wgi.read(2023, dimensions="ge", years=2022).dropna(subset="estimate")
    error = wgi["standard_error"].to_numpy()
    published = wgi["estimate"].to_numpy()
    tied = np.where(np.abs(published) < np.quantile(np.abs(published), 1 / 3), 0.0, published)
    for name, draw in (
        ("drawn from the WGI's model", None),
        ("fixed at the published values", published),
        ("the middle third tied", tied),
    ):
        covered: dict[str, list[np.ndarray]] = {}
        for _ in range(60):
            if draw is None:
                true = random.standard_normal(len(error))
                noise = np.sqrt(error**2 / (1 - error**2))
                e = (true + noise * random.standard_normal(len(error))) / (1 + noise**2)
            else:
                true, e = draw, draw + error * random.standard_normal(len(error))
            made = table(e[:, None], error[:, None], [2022])
            # A tie has any rank among those that share it.
            best = 1 + (true[:, None] < true).sum(axis=1)
            worst = (true[:, None] <= true).sum(axis=1)
            posterior = stats.simulate_ranks(made, draws=1000)
            sets = stats.rank_sets(made, draws=1000)
            for kind in ("posterior", *stats.SETS):
                source = posterior if kind == "posterior" else sets
                stem = "position" if kind == "posterior" else kind
                low, up = (source[f"{stem}_{end}"].to_numpy() for end in ("lower", "upper"))
                covered.setdefault(kind, []).append((low <= worst) & (best <= up))
        for kind, found in covered.items():
            inside = np.array(found)
            yield f"rank, {kind}", name, inside.mean()
            yield f"rank, {kind}", f"{name}: worst economy", inside.mean(axis=0).min()
            yield f"rank, {kind}", f"{name}: all at once", inside.all(axis=1).mean()


def associations() -> Iterator[tuple[str, str, float]]:
    for count in (10, 30, 200):
        inside = {"slope_scattered": 0, "correlation": 0, "correlation_without_error": 0}
        worlds = 500
        for _ in range(worlds):
            x = random.standard_normal(count)
            y = x + random.standard_normal(count)
            s, names = 0.4, [f"A{i:03}" for i in range(count)]
            tables = [
                pd.DataFrame({"economy": names, "edition": 2023, "value": v, "standard_error": s})
                for v in (x + s * random.standard_normal(count),
                          y + s * random.standard_normal(count))
            ]  # fmt: skip
            row = stats.association(*tables).iloc[0]
            for column, true in (
                ("slope_scattered", 1.0),
                ("correlation", np.sqrt(0.5)),
                ("correlation_without_error", np.sqrt(0.5)),
            ):
                inside[column] += row[f"{column}_lower"] <= true <= row[f"{column}_upper"]
        for column, number in inside.items():
            yield column.replace("_", " "), f"{count} economies", number / worlds


def rank_correlations() -> Iterator[tuple[str, str, float]]:
    """Spearman's correlation of normal numbers, as the ledger prints it."""
    rng = np.random.default_rng(8)
    for count, r in ((200, 0.5), (30, 0.9), (6, 0.5), (6, 0.9), (6, 0.97)):
        truth, covered = 6 / np.pi * np.arcsin(r / 2), 0
        for _ in range(WORLDS):
            x, noise = rng.standard_normal((2, count))
            _, low, high = rank_correlation(x, r * x + np.sqrt(1 - r**2) * noise)
            covered += low <= truth <= high
        yield "rank correlation", f"{count} countries, {truth:.2f}", covered / WORLDS


def surveys() -> Iterator[tuple[str, str, float]]:
    for true, count in ((0.5, 1000), (0.04, 100)):
        parts = []
        for wave in ("2022", "2023"):
            yes = 100 * random.binomial(count, true, WORLDS) / count
            common = {"survey": "s", "wave": wave, "start": wave, "end": wave, "population": "p"}
            common |= {"group_by": "total", "group": "total", "question": "q", "base": "all"}
            items = [f"i{i}" for i in range(WORLDS)]  # a world each
            for order, (answer, share) in enumerate((("yes", yes), ("no", 100 - yes)), 1):
                answers = {"item": items, "answer": answer, "answer_order": order, "share": share}
                parts.append(pd.DataFrame(answers | {"respondents": count}).assign(**common))
        both = pd.concat(parts, ignore_index=True)
        one = both[both["wave"] == "2022"]
        for name, effect in (("single", 1), ("told half the design effect", 0.5)):
            found = stats.add_share_interval(one, design_effect=effect).query("answer == 'yes'")
            inside = (found["share_lower"] <= 100 * true) & (100 * true <= found["share_upper"])
            yield f"share of {100 * true:g}% of {count}", name, inside.mean()
        found = stats.change_between_waves(both, "2022", "2023", design_effect=1)
        inside = found.loc[found["answer"] == "yes", "significant"].eq(False)
        yield f"share of {100 * true:g}% of {count}", "change", inside.mean()


def answers(shares: dict[str, float], count: int, wave: str) -> pd.DataFrame:
    """Draw a survey of an item a world with these answers."""
    drawn = 100 * random.multinomial(count, list(shares.values()), WORLDS) / count
    common = {"survey": "s", "wave": wave, "start": wave, "end": wave, "population": "p"}
    common |= {"group_by": "total", "group": "total", "question": "q", "base": "all"}
    parts = [
        pd.DataFrame({"item": [f"i{i}" for i in range(WORLDS)], "share": drawn[:, order]})
        .assign(answer=answer, answer_order=order + 1, respondents=count, **common)
        for order, answer in enumerate(shares)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def several_answers() -> Iterator[tuple[str, str, float]]:
    for shares, count in (
        ({"a": 0.5, "b": 0.3, "c": 0.15, "d": 0.05}, 1000),
        ({"a": 0.9, "b": 0.06, "c": 0.03, "d": 0.01}, 100),
    ):
        made = answers(shares, count, "2022")
        for told, effect in (("told truly", 1), ("told half the design effect", 0.5)):
            name = f"{count} respondents, {told}"
            found = stats.add_share_interval(made, design_effect=effect, simultaneous=True)
            true = 100 * found["answer"].map(shares)
            inside = (found["share_lower"] <= true) & (true <= found["share_upper"])
            yield "shares, simultaneous", name, inside.groupby(found["item"]).all().mean()
            net = stats.net_trust(made, positive="a", negative="b", design_effect=effect)
            inside = net[["net_lower", "net_upper"]].sub(100 * (shares["a"] - shares["b"]))
            yield "net trust", name, (inside.prod(axis=1) <= 0).mean()


def opinions() -> Iterator[tuple[str, str, float]]:
    first = {"yes": 0.4, "no": 0.45, "no_answer": 0.15}
    last = {"yes": 0.5, "no": 0.48, "no_answer": 0.02}
    both = pd.concat([answers(first, 1000, "2022"), answers(last, 1000, "2023")])
    for told, effect in (("told truly", 1), ("told half the design effect", 0.5)):
        found = stats.bound_missing_opinions(
            both, "2022", "2023", answers=["yes"], design_effect=effect
        )
        for place, true in (("at a bound", -3), ("half way", 3.5)):
            inside = (found["left_lower"] <= true) & (true <= found["left_upper"])
            yield "what remains of a rise", f"{place}, {told}", inside.mean()


def main() -> None:
    print("| interval (nominal 90%) | world | covered |\n|---|---|---|")
    for study in (
        changes,
        floors,
        trends,
        ranks,
        associations,
        rank_correlations,
        surveys,
        several_answers,
        opinions,
    ):
        for kind, name, share in study():
            print(f"| {kind} | {name} | {100 * share:.0f}% |", flush=True)


if __name__ == "__main__":
    main()
