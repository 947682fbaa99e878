"""What the arguments of `check` ask for, as the pipeline is asked."""

from __future__ import annotations

import argparse
import os
import sys

from lint_rules.config.keys import SettingsError, check_selector
from lint_rules.config.overlays import overlays
from lint_rules.config.settings import Overrides, Selection, SettingsFinder
from lint_rules.run.request import Request
from lint_rules.source.files import REPORT_BYTES, read_bytes, working_folder
from lint_rules.streams import read_stdin
from lint_rules.terminal import is_screen

STDIN = "<stdin>"


def _split(values: list[str] | None) -> tuple[str, ...] | None:
    """The parts of repeated, comma-separated arguments; None when the option was not given."""
    if values is None:
        return None
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _rules(values: list[str] | None, option: str) -> tuple[str, ...] | None:
    parts = _split(values)
    return None if parts is None else tuple(check_selector(part, option) for part in parts)


def settle(arguments: argparse.Namespace) -> None:
    """Fill in what the settings say of a whole run where no option does: those that hold in the current folder.

    Raises:
        SettingsError: an option or a variable is wrong.
    """
    settings = SettingsFinder(overrides_of(arguments)).or_mistake(working_folder())
    if arguments.output_format is None:
        arguments.output_format = "text" if arguments.statistics else settings.output_format
    if arguments.fail_on is None:
        arguments.fail_on = "never" if arguments.exit_zero else settings.fail_on
    if arguments.unsafe_fixes is None:
        arguments.unsafe_fixes = settings.unsafe_fixes


def overrides_of(arguments: argparse.Namespace) -> Overrides:
    """What the arguments and the environment set above the settings of the project.

    Raises:
        SettingsError: an unknown rule, or a pattern without one.
    """
    over = overlays(arguments.config or (), os.environ, working_folder())
    selection = Selection(
        _rules(arguments.select, "--select"),
        _rules(arguments.extend_select, "--extend-select") or (),
        _rules(arguments.ignore, "--ignore") or (),
    )
    return Overrides(
        selection=selection if selection != Selection() else None,
        per_file_ignores=_per_file(arguments.per_file_ignores or []),
        exclude=_split(arguments.exclude),
        extend_exclude=_split(arguments.extend_exclude) or (),
        min_confidence=arguments.min_confidence,
        severity=arguments.severity,
        baseline=os.path.abspath(arguments.baseline) if arguments.baseline else over.path("baseline"),
        cache_dir=os.path.abspath(arguments.cache_dir) if arguments.cache_dir else over.path("cache-dir"),
        config=over.file,
        isolated=arguments.isolated,
        below=over.layers,
    )


def _per_file(values: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """`tests/*:KI201,KI202` as (pattern, selectors)."""
    pairs = []
    for value in values:
        pattern, colon, rules = value.rpartition(":")
        if not colon or not pattern or not rules:
            raise SettingsError(f'--per-file-ignores: "{value}" is not PATTERN:RULES; write "tests/*:KI201,KI202"')
        pairs.append((pattern, _rules([rules], "--per-file-ignores") or ()))
    return tuple(pairs)


def request_of(arguments: argparse.Namespace) -> Request:
    paths = [path for path in arguments.paths if path != "-"]
    from_stdin = "-" in arguments.paths or (arguments.stdin_filename is not None and not paths)
    stdin = None
    if arguments.stdin_filename is not None and not from_stdin:
        raise SettingsError(
            f"--stdin-filename {arguments.stdin_filename}: names the text of standard input, and only {paths[0]} is to "
            "be read; write - to read standard input too, or omit --stdin-filename"
        )
    if from_stdin:
        if arguments.files_from == "-":
            raise SettingsError("--files-from -: standard input is read as the text of a file already")
        stdin = (arguments.stdin_filename or STDIN, read_stdin())
    listed = _listed(arguments.files_from) if arguments.files_from else ()
    if not paths and not from_stdin and not arguments.files_from:
        paths = ["."]
    if arguments.force_exclude:
        listed += tuple(path for path in paths if not os.path.isdir(path))
        paths = [path for path in paths if os.path.isdir(path)]
    overrides = overrides_of(arguments)
    observations = None
    if arguments.observations is not None:
        from lint_rules.findings.observations import read

        observations = read(arguments.observations)
    marked = arguments.output_format == "concise" and arguments.output_file is None and is_screen(sys.stdout)
    told = marked or arguments.output_format in ("text", "json", "jsonl", "sarif")
    fixes = arguments.fix or arguments.diff or told
    fixes = fixes and not (
        arguments.write_baseline
        or arguments.add_noqa
        or arguments.add_ignore
        or (arguments.statistics and not arguments.fix)
    )
    asked = Request(
        tuple(paths),
        listed,
        stdin,
        overrides,
        fixes,
        not arguments.ignore_noqa,
        not arguments.write_baseline,
        observations,
        cache=not arguments.no_cache and arguments.verify is None,  # which writes nothing before the end
        jobs=arguments.jobs,
        seconds_per_file=arguments.file_timeout,
        proven=arguments.verify is not None and bool(arguments.unsafe_fixes),
    )
    if arguments.since is None:
        return asked
    from lint_rules.run.since import Since

    return asked._replace(earlier=Since(arguments.since, asked))


def _listed(name: str) -> tuple[str, ...]:
    """The paths that a file lists, one a line; blank lines and lines that start with # do not count.

    Where there is a NUL character, as `git ls-files -z` writes them, it ends a path, and everything else is part of it.
    """
    try:
        data = read_stdin() if name == "-" else read_bytes(name, REPORT_BYTES, pipes=True)
    except OSError as error:
        raise SettingsError(f"--files-from {name}: cannot be read: {error.strerror}") from error
    # Names of files are bytes, of which some are no UTF-8.
    text = data.decode("utf-8", "surrogateescape")
    if "\0" in text:
        return tuple(path for path in text.split("\0") if path)
    lines = text.splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
