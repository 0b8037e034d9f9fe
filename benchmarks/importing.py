"""Time that `import govlib` adds to `import pandas`, in fresh processes that alternate.

python benchmarks/importing.py
"""

import statistics
import subprocess
import sys
from time import perf_counter

JOBS = {
    "import pandas": "import pandas",
    "import pandas, govlib": "import pandas, govlib",
    "import pandas, govlib; govlib.wgi.read": "import pandas, govlib; govlib.wgi.read",
}


def seconds(code: str) -> float:
    start = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return perf_counter() - start


def main() -> None:
    for code in JOBS.values():
        seconds(code)
    rounds = [[seconds(code) for code in JOBS.values()] for _ in range(15)]
    for place, name in enumerate(JOBS):
        times = [row[place] for row in rounds]
        added = [row[place] - row[0] for row in rounds]
        ratios = [row[place] / row[0] for row in rounds]
        print(
            f"{name:40} {1000 * statistics.median(times):6.0f} ms, "
            f"added {1000 * statistics.median(added):5.1f} ms, "
            f"ratio {statistics.median(ratios):.3f}"
        )


if __name__ == "__main__":
    main()
