"""The walls of the house, read from the imports of both packages: what may know what.

Every import counts, also one within a function or for type checkers only. A floor of a table may import from the floors
below it, and the rooms of one floor from each other; a room is a folder of the package, or a module beside the folders.
Two rooms have floors of their own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
LINTER, PLUGIN = "lint_rules", "pytest_keras_inference"

FLOORS: dict[str, tuple[tuple[str, ...], ...]] = {
    LINTER: (
        ("__main__",),
        ("cli", "server"),
        ("bridges",),
        ("commands", "api"),
        ("run", "output"),
        ("cache", "rules"),
        ("fixes",),
        ("findings", "semantics"),  # a place in a text is a finding's; whether a file holds tests is asked of the code
        ("config", "source"),
        ("budget", "records", "regex", "streams", "terminal", "writing"),
    ),
    f"{LINTER}.run": (
        ("session", "since"),
        ("pipeline",),
        ("project_run", "observed_findings", "known_findings"),
        ("judge_file",),
        ("file_facts",),
        ("project_view",),
        ("project_cache",),
        ("left_out",),
        ("selection", "file_store", "ranking", "silencing", "triage", "workers", "progress", "failures", "request"),
    ),
    f"{LINTER}.semantics": (
        ("queries",),
        ("models", "effects", "calls", "domains", "flow"),
        ("project",),
        ("syntax", "knowledge"),
    ),
    PLUGIN: (
        ("plugin", "__main__"),
        ("session", "notebook"),
        ("program",),
        ("recording", "report"),
        ("cost", "gradients", "modes"),
        ("watching",),
        ("models",),
        ("backends",),
        ("importhook",),
        ("fault", "printable", "recorded", "version", "vocabulary"),
    ),
}
"""From the top to the bottom."""

UPWARDS = {
    (f"{LINTER}.semantics.project.project", f"{LINTER}.semantics.flow.memo"),
}
"""The imports that go up all the same. Each is one too many: there may be fewer of them, and not more."""

SHARED = {f"{PLUGIN}.{name}" for name in ("printable", "recorded", "version", "vocabulary")}
"""What the linter takes from the plugin's package: light modules that import nothing of either package."""

FRAMEWORKS = {"keras", "tensorflow", "tf_keras", "torch", "jax", "numpy", "pytest"}


@cache
def modules(package: str) -> Mapping[str, Path]:
    """The modules of a package by their full names."""
    found = {}
    for path in sorted((HOME / package).rglob("*.py")):
        parts = path.relative_to(HOME).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(package: str) -> Mapping[str, frozenset[str]]:
    """What each module of a package imports, as full names of modules."""
    return {name: frozenset(imported_by(path)) for name, path in modules(package).items()}


def imported_by(path: Path) -> Iterator[str]:
    """The modules that a file imports; of `from a import b` that is `a.b` where there is such a module of ours."""
    ours = {**modules(LINTER), **modules(PLUGIN)}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            assert node.module is not None
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in ours else node.module


def package_of(module: str) -> str:
    return module.partition(".")[0]


def room_of(module: str, house: str) -> str:
    """The room of a module in a package; empty for what is not in it, and for the package itself, which offers what
    its rooms have."""
    return module.removeprefix(f"{house}.").partition(".")[0] if module.startswith(f"{house}.") else ""


def climbing(house: str) -> Iterator[tuple[str, str]]:
    """The imports from one room of a package to one on a higher floor."""
    floor_of = {room: number for number, floor in enumerate(FLOORS[house]) for room in floor}
    for module, imported in imports(package_of(house)).items():
        here = room_of(module, house)
        for name in sorted(imported):
            there = room_of(name, house)
            if here and there and floor_of[there] < floor_of[here]:
                yield module, name


def text_constants(path: Path) -> Iterator[str]:
    """The strings of a file that are values: what stands alone is a docstring."""
    tree = ast.parse(path.read_text("utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


def test_the_graph_is_read() -> None:
    assert f"{LINTER}.run.pipeline" in imports(LINTER)[f"{LINTER}.api"]
    assert f"{PLUGIN}.session.run" in imports(PLUGIN)[f"{PLUGIN}.plugin"]


def test_the_plugin_does_not_know_the_linter() -> None:
    """Whoever imports `lint_rules` in the process of somebody's tests may get a package of theirs."""
    for module, imported in imports(PLUGIN).items():
        assert not [name for name in imported if package_of(name) == LINTER], module
    for module, path in modules(PLUGIN).items():
        assert not [text for text in text_constants(path) if text.partition(".")[0] == LINTER], module


def test_the_linter_takes_light_modules_alone_from_the_plugin() -> None:
    for module, imported in imports(LINTER).items():
        assert {name for name in imported if package_of(name) == PLUGIN} <= SHARED, module
    for module in SHARED:
        assert imports(PLUGIN)[module] <= {"__future__", "os", "re", "typing"}, module


def test_the_linter_runs_without_what_it_is_about() -> None:
    for module, imported in imports(LINTER).items():
        assert not FRAMEWORKS & set(map(package_of, imported)), module


def test_only_the_face_to_pytest_knows_pytest() -> None:
    """What watches serves programs and notebooks too, where there may be no pytest."""
    knowing = {room_of(module, PLUGIN) for module, imported in imports(PLUGIN).items() if "pytest" in imported}
    assert knowing == {"plugin", "session"}


def test_a_program_starts_with_next_to_nothing() -> None:
    """What Python imports before a watched program begins: the rest comes when the program has imported Keras."""
    asked = {f"{PLUGIN}.program.startup.sitecustomize"}
    todo = list(asked)
    while todo:
        for name in top_imports(modules(PLUGIN)[todo.pop()]) & modules(PLUGIN).keys() - asked:
            asked.add(name)
            todo.append(name)
    program = f"{PLUGIN}.program"
    assert asked == {
        program,
        f"{PLUGIN}.recorded",
        *(f"{program}.{name}" for name in ("inside", "options", "startup.sitecustomize")),
        *(f"{PLUGIN}.{name}" for name in ("fault", "importhook")),
    }


def top_imports(path: Path) -> set[str]:
    """What a file imports while it is imported itself: in no function that waits to be called, nor for types only.
    The startup module calls its functions."""
    tree = ast.parse(path.read_text("utf-8"))
    body = [
        node
        for node in tree.body
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or path.name == "sitecustomize.py"
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    found: set[str] = set()
    for part in body:
        for node in ast.walk(part):
            if isinstance(node, ast.ImportFrom):
                found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return found


@pytest.mark.parametrize("house", FLOORS)
def test_every_room_has_its_floor(house: str) -> None:
    rooms = [room for floor in FLOORS[house] for room in floor]
    assert len(rooms) == len(set(rooms))
    assert set(rooms) == {room_of(module, house) for module in modules(package_of(house))} - {""}


@pytest.mark.parametrize("house", FLOORS)
def test_nothing_calls_upwards(house: str) -> None:
    wrong = [f"{module} imports {name}" for module, name in climbing(house) if (module, name) not in UPWARDS]
    assert wrong == []


def test_no_exception_outlives_its_import() -> None:
    """What does not go up any more is taken from the list, so that it does not come back."""
    assert {pair for house in FLOORS for pair in climbing(house)} >= UPWARDS


@pytest.mark.parametrize("package", [LINTER, PLUGIN])
def test_a_circle_of_imports_stays_within_one_folder(package: str) -> None:
    """Modules that make one subject together may know each other; folders may not."""
    graph = {module: imported for module, imported in imports(package).items() if room_of(module, package)}
    for circle in circles(graph):
        assert len({module.rpartition(".")[0] for module in circle}) == 1, sorted(circle)


def circles(graph: Mapping[str, frozenset[str]]) -> list[set[str]]:
    """The sets of nodes that reach each other."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            for name in graph.get(todo.pop(), ()):
                if name in graph and name not in seen:
                    seen.add(name)
                    todo.append(name)
        return seen

    ways = {node: reached(node) for node in graph}
    found: list[set[str]] = []
    for node, seen in ways.items():
        if node in seen and not any(node in circle for circle in found):
            found.append({other for other in seen if node in ways[other]})
    return found


def test_a_circle_would_be_found() -> None:
    graph = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"b"}), "d": frozenset({"a"})}
    assert circles(graph) == [{"b", "c"}]
