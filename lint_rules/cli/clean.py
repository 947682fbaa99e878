"""`clean`: delete what runs have kept of the projects in some folders."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterable, Iterator

from lint_rules.cli.exit_codes import CLEAN, ERROR
from lint_rules.config.keys import SettingsError
from lint_rules.config.settings import SettingsFinder
from lint_rules.streams import tell, write_stdout
from pytest_keras_inference.printable import printable


def run(arguments: argparse.Namespace) -> int:
    """Delete the caches, and say which; the exit code.

    Raises:
        SettingsError: a folder is not there.
    """
    from lint_rules.findings.view import View
    from lint_rules.output.summary import counted

    folders = [os.path.abspath(path) for path in arguments.paths or ["."]]
    missing = next((folder for folder in folders if not os.path.isdir(folder)), None)
    if missing is not None:
        raise SettingsError(f"clean: {missing}: no such folder")
    deleted, code = 0, CLEAN
    for cache in dict.fromkeys(_caches(folders)):
        try:
            shutil.rmtree(cache)
        except OSError as error:
            tell(f"keras-inference: error: {cache}: cannot be deleted: {error.strerror or error}")
            code = ERROR
            continue
        deleted += 1
        write_stdout(f"Deleted {printable(View().name(cache))}\n")
    write_stdout(f"Deleted {counted(deleted, 'cache')}.\n")
    return code


def _caches(folders: Iterable[str]) -> Iterator[str]:
    """The caches of ours in folders and below them, and those that their settings name in their projects."""
    from lint_rules.cache.folder import NAME, is_a_cache
    from lint_rules.config.discovery import project_root
    from lint_rules.writing import lies_within

    finder = SettingsFinder()
    for folder in folders:
        root = project_root(folder, finder.or_mistake)
        named = finder.or_mistake(folder).cache_dir
        if named is not None and lies_within(named, root) and is_a_cache(named):
            yield named
        for candidate in (os.path.join(root, NAME), *_below(folder, NAME)):
            if is_a_cache(candidate):
                yield candidate


def _below(folder: str, name: str) -> Iterator[str]:
    """The folders of this name below a folder; links are not followed."""
    for current, inner, _ in os.walk(folder):
        if name in inner:
            inner.remove(name)
            yield os.path.join(current, name)
