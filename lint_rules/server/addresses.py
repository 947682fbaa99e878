"""Which of the paths that an editor names are files that can be judged."""

from __future__ import annotations

import os
import stat

from lint_rules.config.patterns import below


def local_file(path: str) -> bool:
    """Whether a path is that of a file on this machine, or of one that could be saved there.

    A file at the top of a disk is none: all of the disk would be the project around it.
    """
    folder = os.path.dirname(path)
    if os.path.dirname(folder) == folder:
        return False
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        # A name that is too long or holds a NUL byte, a folder that is a file, links in a circle.
        return False


def is_below(path: str, folder: str) -> bool:
    """Whether a path lies in a folder, by its name or by where links lead."""
    return below(path, folder) or below(os.path.realpath(path), os.path.realpath(folder))
