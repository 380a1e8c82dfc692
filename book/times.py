"""Measure how long each lesson runs, record it, and write it into the lesson's head.

python book/times.py [NN ...] [--size normal]   run these lessons (all without a number) and record the time
python book/times.py --write                    write no time but what is recorded
python book/times.py --check                    say which lessons have no time, exceed the budget, or state another

What is recorded is the time of the CPU, with one thread: on a busy machine the clock says more. Outputs are not
stored; notebooks/execute.py does that.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

import check_notebooks

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "book" / "_ext"))
sys.path.append(str(ROOT / "notebooks"))
from ganlab_book import records, times  # noqa: E402


def lessons() -> dict[str, Path]:
    """Every lesson by its number."""
    return {path.name[:2]: path for path in check_notebooks.lessons()}


def measure(number: str, size: str) -> dict[str, float]:
    """Run a lesson at a size, put its time into the record in the place of the old one, and return it."""
    import execute
    import nbformat

    from ganlab import experiments

    os.environ["GANLAB_SIZE"] = size
    path = lessons()[number]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    execute.run(nbformat.read(path, as_version=4), path.parent)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    values = {"cpu_seconds": round(used, 1), "wall_seconds": round(time.perf_counter() - started, 1)}
    file = records.FOLDER / times.FILE / f"{path.stem}.jsonl"
    kept = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.exists() else []
    others = [line for line in kept if json.loads(line)["size"] != size]
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(others), encoding="utf-8")
    experiments.record(
        file, number, values, seed=0, config={"notebook": path.relative_to(ROOT).as_posix()}, size=size, device="cpu"
    )
    return values


def differing() -> dict[Path, str]:
    """The lessons whose head says something else than the record, with the text that agrees."""
    changes = {}
    for number, path in lessons().items():
        found = times.head(path)
        if found is None or times.seconds(number, "small") is None:
            continue
        old = path.read_text(encoding="utf-8")
        said = times.sentence(number, json.loads(old))
        if found[0] != said:
            changes[path] = old[: found.start()] + said + old[found.end() :]
    return changes


def problems() -> list[str]:
    """One line for each lesson without a recorded time, beyond the budget, or with another time in its head."""
    found = [message for number in lessons() if (message := times.missing(number))]
    for path in lessons().values():
        if times.head(path) is None:
            found.append(f"{path.name} does not say how long reading and running take: *Reading:* 25 minutes. ...")
    return found + [
        f"{path.name} states another time than the record: run book/times.py --write" for path in differing()
    ]


def main(arguments: list[str]) -> int:
    """Read the command line; measure, write or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", nargs="*", metavar="NN")
    parser.add_argument("--size", choices=times.SIZES, default="small")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args(arguments)
    unknown = [number for number in asked.numbers if number not in lessons()]
    if unknown:
        parser.error(f"there is no lesson {', '.join(unknown)}")
    if not (asked.write or asked.check):
        for number in asked.numbers or lessons():
            print(f"{number} at the {asked.size} size: {measure(number, asked.size)}", flush=True)
    if not asked.check:
        for path, text in differing().items():
            path.write_text(text, encoding="utf-8")
            print(f"times: wrote {path.relative_to(ROOT).as_posix()}")
    print("\n".join(problems()) or f"times: {len(lessons())} lessons, all recorded and within the budget")
    return bool(problems())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
