"""Runs benches by name, prints their figures as a table and writes them as JSON.

Each bench has a process of its own, so that none measures another's memory.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench import Figure, figures_of

HEADINGS = ("name", "value", "unit", "floor", "note")


def names() -> list[str]:
    """Return the benches that there are."""
    return sorted(
        file.stem for file in Path(__file__).parent.glob("*.py") if not file.stem.startswith("_")
    )


def in_own_process(name: str) -> list[Figure]:
    """Run one bench in a fresh interpreter."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
        return pool.submit(figures_of, name).result()


def table(figures: Sequence[Figure]) -> str:
    """Return the figures in columns, as wide as their widest cell."""
    rows = [HEADINGS, *(tuple(_cell(value) for value in figure.values()) for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line: names of benches, and a file for the figures."""
    parser = argparse.ArgumentParser(prog="do.py bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {names()}; all without one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the figures")
    asked = parser.parse_args(words)
    if unknown := set(asked.names) - set(names()):
        parser.error(f"no such bench: {sorted(unknown)}; there are: {names()}")
    return asked


def main(words: Sequence[str]) -> int:
    """Run the benches that are asked for."""
    asked = arguments(words)
    figures: list[Figure] = []
    for name in asked.names or names():
        print(f"-- {name}", flush=True)
        known = {figure["name"] for figure in figures}  # one bench may take up another's
        figures += [f for f in in_own_process(name) if f["name"] not in known]
    print(table(figures))
    if asked.json:
        text = json.dumps({"figures": figures}, ensure_ascii=False, indent=1)
        asked.json.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
