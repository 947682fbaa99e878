"""`merge-sarif`: the SARIF reports of parts of a run as one."""

from __future__ import annotations

import argparse

from lint_rules.cli.exit_codes import CLEAN
from lint_rules.cli.printing import write
from lint_rules.config.keys import SettingsError
from lint_rules.source.files import REPORT_BYTES, read_bytes


def run(arguments: argparse.Namespace) -> int:
    """Print one report for all, or write it to a file; the exit code.

    Raises:
        SettingsError: a file cannot be read, or is no report of ours.
    """
    from lint_rules.output.sarif import SCHEMA
    from lint_rules.output.sarif_merge import NotOursError, merged, read_run

    runs = []
    for name in arguments.files:
        try:
            runs.append(read_run(read_bytes(name, REPORT_BYTES)))
        except OSError as error:
            raise SettingsError(f"merge-sarif {name}: cannot be read: {error.strerror or error}") from error
        except NotOursError as error:
            raise SettingsError(f"merge-sarif {name}: {error}; --output-format sarif makes such reports") from None
    try:
        report = merged(runs, SCHEMA)
    except NotOursError as error:
        raise SettingsError(f"merge-sarif: {error}; let the same version make them all") from None
    write(report, arguments.output_file, "sarif")
    return CLEAN
