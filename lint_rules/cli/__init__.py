"""The command `keras-inference`: arguments in, exit code out.

`parser` knows the arguments, `asked` what they ask for, and each command is a module of its own with `run(arguments)`,
imported when it is called: a run that ends with a clean file should cost little more than starting Python.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from lint_rules.cli import version
from lint_rules.cli.exit_codes import CLEAN, ERROR, INTERRUPTED
from lint_rules.config.keys import SettingsError
from lint_rules.streams import StreamError, tell, write_stdout


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 is clean, 1 is findings, 2 is a usage or internal error."""
    given = sys.argv[1:] if argv is None else argv
    try:
        if len(given) == 1 and given[0] in version.OPTIONS:
            version.tell_version()
            return CLEAN
        from lint_rules.cli.parser import parsed

        arguments = parsed(given)
        code: int = import_module(f"lint_rules.cli.{arguments.command}").run(arguments)
        write_stdout("")
    except (SettingsError, StreamError) as error:
        tell(f"keras-inference: error: {error}")
        return ERROR
    except KeyboardInterrupt:
        tell("keras-inference: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has what it wanted and has gone (`| head`): no error, as for ruff.
        return CLEAN
    except OSError as error:
        tell(f"keras-inference: error: {_refused(error)}")
        return ERROR
    except Exception:
        # Python would exit with 1, which means findings here.
        import traceback

        tell(traceback.format_exc().rstrip())
        tell("keras-inference: internal error, please report the lines above")
        return ERROR
    return code


def _refused(error: OSError) -> str:
    """What the operating system refused the command as a whole; what it refuses of single files is in the report."""
    try:
        os.getcwd()
    except OSError:
        return "the current folder is not there any more; change to one that is, or name absolute paths"
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"{where}{error.strerror or error}"
