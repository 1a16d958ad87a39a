"""Reads pages as strictly as Prometheus' own Python client does, and refuses a series that appears twice.

Usage: check_pages.py PAGE...   where a page of OpenMetrics ends in .openmetrics and one of text 0.0.4 in .txt
"""

import sys
from collections import Counter

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as text

PROBLEMS_MAX = 20
# A page on which little was recorded says little.
SERIES_MIN = 1000


def series_of(page, parse_sample):
    # Line by line: the parser of OpenMetrics passes over a second sample that follows the first at once.
    lines = (line for line in page.split("\n") if line and not line.startswith("#"))
    samples = (parse_sample(line) for line in lines)
    return Counter((sample.name, tuple(sorted(sample.labels.items()))) for sample in samples)


def problems_of(path):
    # No translation of line ends: a carriage return is a character of a label like any other.
    with open(path, encoding="utf-8", errors="strict", newline="") as file:
        page = file.read()
    parser = openmetrics if path.endswith(".openmetrics") else text
    try:
        families = Counter(family.name for family in parser.text_string_to_metric_families(page))
        series = series_of(page, parser._parse_sample)
    except ValueError as error:
        yield f"it cannot be parsed: {error}"
        return
    for name, count in (families + series).items():
        if count > 1:
            yield f"{name} appears twice"
    if len(series) < SERIES_MIN:
        yield f"it has {len(series)} series only"


def main(paths):
    problems = [f"{path}: {problem}" for path in paths for problem in problems_of(path)]
    print("\n".join(problems[:PROBLEMS_MAX]) if problems else f"{len(paths)} pages are good")
    return 1 if problems or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
