"""Runs the test suites of public Keras projects with and without the plugin, and compares outcomes and time.

Run: python benchmarks/other_suites.py [NAME ...] [--python PATH] [--sources FOLDER]

A project is cloned from GitHub at the commit that stands below, into a temporary folder, or copied from FOLDER/NAME
where --sources says that it is there. Its tests run in the environment of --python (default: this one), which has to
have what `needs` names beside Keras, TensorFlow and this package; nothing is installed. Each suite runs three times:
without the plugin, with it as it is by default, and with --keras-inference=strict. The exit code is 1 if the outcome of
a test differs between the first two, or if strict fails a test that passed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
MODES = {
    "without": ("-p", "no:keras_inference"),
    "with": (),
    "strict": ("--keras-inference=strict",),
}


@dataclass(frozen=True)
class Suite:
    """A project on GitHub, the commit that was looked at, and which of its tests run how."""

    repository: str
    commit: str
    tests: tuple[str, ...]
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The project's name without its owner."""
        return self.repository.partition("/")[2]


SUITES = (
    Suite(
        "adriangb/scikeras",
        "e92a7dc466cef81b041740978cc047594fea6b4d",
        ("tests/test_errors.py", "tests/test_utils_transformers.py"),
        ("scikit-learn", "scikeras, for its metadata"),
    ),
    Suite(
        "deel-ai/deel-lip",
        "0d1cdae371ea6784d500461acad30437c841d4d4",
        ("tests/test_initializers.py", "tests/test_activations.py"),
    ),
    Suite(
        "sicara/tf-explain",
        "9d7d1e900ec3e3e4b5338fbc43dfb93539acecc2",
        ("tests/core",),
        ("opencv-python-headless", "pytest-mock"),
    ),
    Suite(
        "keras-team/keras-tuner",
        "417e5b5e8df924d428a3c64007f3ed47bd4c7026",
        ("keras_tuner/engine/hyperparameters", "keras_tuner/engine/tuner_utils_test.py"),
        ("kt-legacy", "requests"),
    ),
    Suite(
        "keras-team/keras-rs",
        "812d35bf0cb2452e66433e52880eb892a99bb8c9",
        ("keras_rs/src/metrics/mean_reciprocal_rank_test.py", "keras_rs/src/layers/feature_interaction"),
        ("absl-py",),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What one run came to: the outcome of each test by its id, processor seconds, and what the plugin said."""

    tests: dict[str, str]
    seconds: float
    told: tuple[str, ...]

    @property
    def text(self) -> str:
        """How many tests ended how: `57 passed, 2 skipped`."""
        kinds = ("passed", "failed", "error", "skipped")
        counts = {kind: sum(one == kind for one in self.tests.values()) for kind in kinds}
        return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "nothing ran"


def run(suite: Suite, folder: Path, python: str, options: tuple[str, ...]) -> Outcome:
    """One run of a suite in its folder."""
    report = folder / "junit-of-other-suites.xml"
    env = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", **os.environ}
    env["PYTHONPATH"] = os.pathsep.join([str(folder), str(ROOT)])
    before = os.times()
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}", *options, *suite.tests]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    if not report.exists():
        sys.exit(f"{suite.name}: pytest came to no report\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    tests = {
        f"{case.get('classname')}::{case.get('name')}": _outcome(case)
        for case in ElementTree.parse(report).iter("testcase")
    }
    report.unlink()
    lines = done.stdout.splitlines()
    start = next((row for row, line in enumerate(lines) if line.strip("= ") == "keras inference"), len(lines))
    end = next((row for row in range(start + 1, len(lines)) if lines[row].startswith("=")), len(lines))
    return Outcome(tests, spent, tuple(line for line in lines[start + 1 : end] if line and not line.startswith("-")))


def _outcome(case: ElementTree.Element) -> str:
    names = {"failure": "failed", "error": "error", "skipped": "skipped"}
    return next((names[child.tag] for child in case if child.tag in names), "passed")


def fetched(suite: Suite, into: Path, sources: Path | None) -> Path:
    """A copy of the project at its commit."""
    folder = into / suite.name
    if sources is not None and (sources / suite.name).is_dir():
        subprocess.run(["git", "clone", "-q", str(sources / suite.name), str(folder)], check=True)
    else:
        url = f"https://github.com/{suite.repository}"
        subprocess.run(["git", "clone", "-q", "--filter=blob:none", url, str(folder)], check=True)
    subprocess.run(["git", "-C", str(folder), "checkout", "-q", suite.commit], check=True)
    return folder


def compared(suite: Suite, outcomes: dict[str, Outcome]) -> tuple[list[str], list[str]]:
    """The row of the table, and what is wrong."""
    without, watched, strict = (outcomes[mode] for mode in MODES)
    wrong = [
        f"{suite.name}: {test} {outcome} without the plugin, {watched.tests.get(test, 'gone')} with it"
        for test, outcome in without.tests.items()
        if watched.tests.get(test) != outcome
    ]
    failed = [t for t, outcome in without.tests.items() if outcome == "passed" and strict.tests.get(t) != "passed"]
    wrong += [f"{suite.name}: strict fails {test}" for test in failed]
    places = sum(not line.startswith(" ") for line in watched.told)
    row = [
        f"[{suite.repository}](https://github.com/{suite.repository}) `{suite.commit[:7]}`",
        without.text,
        "the same" if watched.tests == without.tests else watched.text,
        str(len(failed)),
        f"{without.seconds:.1f} s",
        f"{watched.seconds / without.seconds - 1:+.1%}",
        str(places),
    ]
    return row, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="projects, by default all")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--sources", type=Path, help="a folder with clones of the projects")
    options = parser.parse_args()
    print("| project | without the plugin | with it | strict fails | processor time | with it | places told |")
    print("|---|---|---|---|---|---|---|")
    wrong: list[str] = []
    told: list[str] = []
    for suite in SUITES:
        if options.names and suite.name not in options.names:
            continue
        outcomes = {}
        for mode, chosen in MODES.items():
            with tempfile.TemporaryDirectory() as into:
                folder = fetched(suite, Path(into), options.sources)
                outcomes[mode] = run(suite, folder, options.python, chosen)
                shutil.rmtree(folder)
        row, found = compared(suite, outcomes)
        print(f"| {' | '.join(row)} |", flush=True)
        wrong += found
        told += [f"{suite.name}: {line}" for line in outcomes["with"].told]
    print("\n".join(["", *told, *wrong]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
