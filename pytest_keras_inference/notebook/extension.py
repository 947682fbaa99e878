"""The IPython extension: `%load_ext pytest_keras_inference` in Jupyter, Colab, VS Code and IPython's terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pytest_keras_inference.fault import guarded
from pytest_keras_inference.importhook import MODULES, ImportWatch

if TYPE_CHECKING:
    from pytest_keras_inference.program.watch import ProgramWatch

_USAGE = "usage: %keras_inference on, or %keras_inference off"
_loaded: dict[int, Extension] = {}


def load_ipython_extension(shell: Any) -> None:
    """Say after each cell what it misused, from the next cell on."""
    if id(shell) not in _loaded:
        _loaded[id(shell)] = Extension(shell)
        _loaded[id(shell)].register()


def unload_ipython_extension(shell: Any) -> None:
    """Say nothing any more."""
    extension = _loaded.pop(id(shell), None)
    if extension is not None:
        extension.unregister()


class Extension:
    """Watches the cells of one shell, each by itself."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._is_on = True
        self._depth = 0
        self._number: int | None = None
        self._wants_table = False
        self._imports: ImportWatch | None = None
        self._watch: ProgramWatch | None = None
        self._events: dict[str, Callable[[Any], None]] = {
            "pre_run_cell": lambda info: self._enter(),
            "post_run_cell": self._leave,
        }

    def register(self) -> None:
        """Let the shell call."""
        for event, callback in self._events.items():
            self._shell.events.register(event, callback)
        self._shell.register_magic_function(self.keras_inference, "line", "keras_inference")
        self._shell.register_magic_function(self.predict_watch, "cell", "predict_watch")

    def unregister(self) -> None:
        """Undo `register`."""
        for event, callback in self._events.items():
            self._shell.events.unregister(event, callback)
        for kind, name in (("line", "keras_inference"), ("cell", "predict_watch")):
            self._shell.magics_manager.magics[kind].pop(name, None)
        self._stop()

    def keras_inference(self, line: str) -> None:
        """`%keras_inference off` says nothing after cells, `%keras_inference on` does again."""
        word = line.strip()
        if word not in ("on", "off"):
            print(_USAGE, file=sys.stderr)
            return
        self._is_on = word == "on"
        if not self._is_on:
            self._stop()

    def predict_watch(self, line: str, cell: str) -> None:
        """`%%predict_watch` runs the cell and shows every place in it that called a Keras model."""
        self._wants_table = True
        if self._watch is None and self._imports is None:
            self._start()
        # One line stands where the line of the magic does, so that the rows are those of the cell.
        if not self._shell.run_cell(f"#\n{cell}").success:
            raise _ShownError

    def _enter(self) -> None:
        self._depth += 1
        if self._depth == 1 and self._is_on:
            guarded(self._start)

    def _leave(self, result: Any) -> None:
        """A cell is over; one that another cell runs is part of that."""
        if self._depth == 0:  # the cell that has loaded the extension
            return
        self._depth -= 1
        if self._depth == 0:
            self._number = result.execution_count
            guarded(self._tell)

    def _start(self) -> None:
        if sys.modules.keys().isdisjoint(MODULES):
            self._imports = ImportWatch(lambda module: self._watch_now())
            self._imports.start()
        else:
            self._watch_now()

    def _watch_now(self) -> None:
        if self._watch is None:
            from pytest_keras_inference.program.watch import ProgramWatch

            self._watch = ProgramWatch()
            self._watch.start()

    def _stop(self) -> ProgramWatch | None:
        imports, self._imports = self._imports, None
        watch, self._watch = self._watch, None
        if imports is not None:
            imports.stop()
        if watch is not None:
            watch.stop()
        return watch

    def _tell(self) -> None:
        watch = self._stop()
        wants_table, self._wants_table = self._wants_table, False
        if watch is None:
            return
        from IPython.display import display

        from pytest_keras_inference.notebook.note import CallsTable, note_of

        shown = CallsTable(watch, self._cell) if wants_table else note_of(watch, self._cell)
        if wants_table or shown:
            display(shown)

    def _cell(self, filename: str) -> str | None:
        """`In[3]` for the name under which the shell has compiled a cell; None for what is no cell."""
        named = getattr(self._shell.compile, "format_code_name", None)
        found = named(filename) if named is not None else None
        if found is None:
            return None
        number = found[1].removeprefix("In[").removesuffix("]")
        # A cell that runs within another is counted as the next, and its number is not shown anywhere.
        is_inner = number.isdigit() and self._number is not None and int(number) > self._number
        return f"In[{self._number}]" if is_inner else str(found[1])


class _ShownError(Exception):
    """The cell within the cell has failed, and its traceback is on the page."""

    def _render_traceback_(self) -> list[str]:
        return []
