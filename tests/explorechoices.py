"""Choices of the explorer for tests: one per view that can be drawn."""

CHOICES = {
    "view": "trend",
    "economy": "KAZ",
    "edition": 2023,
    "first_year": 2018,
    "last_year": 2022,
    "dimensions": ["ge", "va"],
    "peers": ["UZB", "KGZ", "EST"],
    "measure": "estimate",
    "language": "en",
    "figures_dir": "figures",
}
VIEWS = {
    "trend": {},
    "league": {},
    "world": {},
    "slope": {},
    "gap": {},
    "revisions": {},
    "waves": {"first_year": 2022, "last_year": 2023},
}
CASES = [
    *(CHOICES | {"view": view} | given for view, given in VIEWS.items()),
    CHOICES | {"measure": "percentile_rank", "language": "ru"},
    CHOICES | {"measure": "score", "edition": 2025, "dimensions": ["cc"]},
    CHOICES | {"view": "league", "edition": 2025, "peers": ["eaeu"], "language": "kk"},
    CHOICES | {"view": "gap", "edition": 2025, "language": "ru"},
    CHOICES | {"economy": "ANT"},
    CHOICES | {"view": "world", "economy": "ANT", "dimensions": ["va", "pv", "rl"]},
    CHOICES | {"view": "slope", "economy": "SSD", "first_year": 2010},
    CHOICES | {"view": "revisions", "economy": "SSD", "first_year": 2005, "language": "kk"},
]


def name_case(choices):
    """Name a case by what differs."""
    return "-".join(str(v) for k, v in choices.items() if v != CHOICES[k]) or "default"
