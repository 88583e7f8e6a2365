"""``python -m instep.testing.simulate``: many schedules on all processors, or one again with its whole story."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from os import cpu_count

from instep.testing.simulate.families import FAMILIES, varied
from instep.testing.simulate.schedule import Outcome, simulate

SHOWN = 5


Task = tuple[int, str, Mapping[str, float]]


def _one(task: Task) -> Outcome:
    seed, name, settings = task
    return simulate(seed, varied(FAMILIES[name], settings))


def outcomes(tasks: Iterable[Task], jobs: int) -> Iterator[Outcome]:
    """The outcomes of schedules (seed, family, settings), in their order, worked out by ``jobs`` processes."""
    if jobs < 2:
        yield from map(_one, tasks)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(_one, tasks, chunksize=8)


def tasks(count: int, first: int, families: Iterable[str], settings: Mapping[str, float]) -> list[Task]:
    """So many schedules, the families in turn, seeds from ``first`` on."""
    names = list(families)
    return [(first + number // len(names), names[number % len(names)], settings) for number in range(count)]


def _settings(words: Iterable[str]) -> dict[str, float]:
    pairs = (word.partition("=") for word in words)
    return {name: float(number) for name, _, number in pairs}


def main(args: list[str] | None = None) -> int:
    """Run schedules and tell what broke; 0 when nothing did."""
    parser = argparse.ArgumentParser(prog="python -m instep.testing.simulate", description=__doc__)
    parser.add_argument("-n", "--count", type=int, default=200, help="how many schedules")
    parser.add_argument("-j", "--jobs", type=int, default=cpu_count() or 1, help="how many at a time")
    parser.add_argument("--family", choices=FAMILIES, action="append", help="only this family (may be repeated)")
    parser.add_argument("--seed", type=int, help="only the schedule with this seed, with its story")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--with", metavar="NAME=NUMBER", action="append", default=[], help="another chance or count")
    said = parser.parse_args(args)
    try:
        settings = _settings(vars(said)["with"])
        varied(next(iter(FAMILIES.values())), settings)
    except ValueError as error:
        parser.error(str(error))
    families = said.family or list(FAMILIES)
    if said.seed is not None:
        return _show([_one((said.seed, name, settings)) for name in families], always=True)
    began = time.monotonic()
    broken, runs, counts = [], 0, Counter[str]()
    for outcome in outcomes(tasks(said.count, said.first, families, settings), said.jobs):
        runs += outcome.runs
        if outcome.broken:
            broken.append(outcome)
            counts[outcome.family] += 1
    seconds = time.monotonic() - began
    code = _show(broken[:SHOWN])
    print(f"{said.count} schedules of {len(families)} families, {runs} runs, {seconds:.0f} s.")
    print(f"{len(broken)} broke a promise." + "".join(f" {name}: {n}." for name, n in counts.items()))
    return code


def _show(found: list[Outcome], *, always: bool = False) -> int:
    for outcome in found:
        print(f"── {outcome.family}, seed {outcome.seed}\n{outcome.story}")
        for promise in outcome.broken:
            print(f"   ✗ {promise}")
        print(f"   again: {outcome.replay}\n" if outcome.broken or always else "")
    return int(any(outcome.broken for outcome in found))


if __name__ == "__main__":
    sys.exit(main())
