"""How many numbers identify an edition: simulated texts that print estimates of one edition.

    python benchmarks/identify.py [TEXTS]

Each text takes estimates at random from one edition (all its years, or the last five), rounded to
two decimals. Printed: how often the edition comes out alone, and among the first two.
"""

import sys
from itertools import product
from time import perf_counter

import govlib as gov


def measure(texts: int = 100) -> None:
    """Print the table: numbers in a text by how well they identify its edition."""
    print("numbers  years         alone  one of two  right one first  seconds a text")
    for count, years in product((3, 5, 10, 20), ("any", "the last five")):
        alone = two = right = 0
        begun = perf_counter()
        for seed in range(texts):
            edition = gov.wgi.editions()[seed % len(gov.wgi.editions())]
            table = gov.wgi.read(edition).dropna(subset="estimate")
            first = 0 if years == "any" else table["year"].max() - 4
            table = table[table["year"] >= first].sample(count, random_state=seed)
            values = table["estimate"].map("{:.2f}".format)
            found = gov.claims.identify(
                table[["economy", "dimension", "year"]].assign(value=values)
            )
            whole = found[(found["fits"] == count) & found["other_edition"].isna()]
            whole = whole[whole["rounding"] == "rounded"]
            alone += len(whole) == 1
            two += len(whole) <= 2
            right += edition == found["edition"].iloc[0]
        each = (perf_counter() - begun) / texts
        shares = f"{alone / texts:6.0%} {two / texts:11.0%} {right / texts:16.0%}"
        print(f"{count:7}  {years:12} {shares} {each:15.2f}")


if __name__ == "__main__":
    measure(*(int(word) for word in sys.argv[1:]))
