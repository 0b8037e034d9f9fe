"""The model of the sources: coverage of its 90% intervals, and agreement with an edition.

    python benchmarks/sources.py [FILE EDITION]

Coverage is by simulation, 200 countries in two years, 100 panels a row. With a file of scores, the
largest differences from the edition by year and dimension are printed as well, and the time.
"""

import resource
import sys
from time import perf_counter

import govlib as gov

COUNTRIES = [f"C{number:02d}" for number in range(200)]


def find_coverage(shared: float) -> tuple[float, float, float]:
    inside, reliable, changed = 0.0, 0.0, 0.0
    for seed in range(100):
        scores, truth = gov.sources.simulate(
            2023, COUNTRIES, [2018, 2022], shared=shared, seed=seed
        )
        fit = gov.sources.fit(scores)
        units = fit.sources.groupby("year", as_index=False)[["centre", "scale"]].first()
        both = fit.estimates.merge(truth).merge(units)
        both["mean"] = both["estimate"] * both["scale"] + both["centre"]
        both["error"] = both["standard_error"] * both["scale"]
        inside += ((both["mean"] - both["truth"]).abs() <= 1.64 * both["error"]).mean()
        reliable += both["error"].mean()
        one, two = (both[both["year"] == year].set_index("economy") for year in (2018, 2022))
        miss = (two["mean"] - one["mean"] - two["truth"] + one["truth"]).abs()
        changed += (miss <= 1.64 * (one["error"] ** 2 + two["error"] ** 2) ** 0.5).mean()
    return inside, changed, reliable / 100


def compare(path: str, edition: int) -> None:
    scores = gov.sources.read(path, edition)
    start = perf_counter()
    fit = gov.sources.fit(scores)
    seconds = perf_counter() - start
    keys = ["economy", "year", "dimension"]
    both = gov.stats.ranks(fit.estimates).merge(
        gov.wgi.ranked(edition, years=sorted(set(scores["year"]))).dropna(subset="estimate"),
        on=keys,
        how="outer",
    )
    for measure in ("estimate", "standard_error"):
        both[measure] = (both[f"{measure}_x"] - both[f"{measure}_y"]).abs() * 10_000
    print(f"{len(both):,} rows, {len(fit.estimates):,} fitted; number of sources equal in")
    print(f"  {(both['sources_x'] == both['sources_y']).mean():.2%}", end="")
    ranks = (both["position_x"] - both["position_y"]).abs()
    print(f", ranks in {(ranks == 0).mean():.2%}, never off by more than {ranks.max()}")
    print(f"  {seconds:.1f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    for measure in ("estimate", "standard_error"):
        print(f"largest difference of {measure}, in units of 0.0001:")
        table = both.pivot_table(
            index="year", columns="dimension", values=measure, aggfunc="max", observed=True
        )
        print(table.round(1).to_string())


def main() -> None:
    if len(sys.argv) == 3:
        compare(sys.argv[1], int(sys.argv[2]))
    print("shared part  truth covered (%)  change covered (%)  mean error")
    for shared in (0.0, 0.2, 0.4, 0.6, 0.8):
        print("{:11.1f}  {:17.1f}  {:18.1f}  {:10.3f}".format(shared, *find_coverage(shared)))


if __name__ == "__main__":
    main()
