"""Which files a run looks at: named ones always, walked ones unless git or the settings say otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules.config.discovery import discover, project_root
from lint_rules.config.keys import SettingsError
from lint_rules.config.patterns import Patterns
from lint_rules.config.settings import Overrides, SettingsFinder

Project = Callable[[dict[str, str]], Path]


def found(*paths: str, override: Overrides | None = None) -> list[str]:
    """What is discovered, relative to the working directory."""
    files = discover(paths, SettingsFinder(override).of_folder)
    return [os.path.relpath(file.path).replace(os.sep, "/") for file in files]


def test_python_files_and_notebooks_in_order(project: Project) -> None:
    project(dict.fromkeys(("b.py", "a/z.py", "a/n.ipynb", "a-b.py", "a/t.pyi", "a/x.txt", "B.py"), ""))
    assert found(".") == ["B.py", "a-b.py", "a/n.ipynb", "a/z.py", "b.py"]


@pytest.mark.parametrize("folder", ["venv", ".venv", "build", "dist", "node_modules", ".git", "__pycache__", ".tox"])
def test_folders_that_hold_no_code_of_ours(project: Project, folder: str) -> None:
    project({f"sub/{folder}/x.py": "", "sub/y.py": ""})
    assert found(".") == ["sub/y.py"]


def test_a_virtual_environment_by_any_name_and_an_env_package_of_the_project(project: Project) -> None:
    project({"my-env/pyvenv.cfg": "", "my-env/lib/a.py": "", "env/cartpole.py": ""})
    assert found(".") == ["env/cartpole.py"]


def test_what_is_named_is_taken(project: Project) -> None:
    project({"venv/x.py": "", ".gitignore": "a.py", "a.py": "", ".git/HEAD": "", "script": ""})
    assert found("venv/x.py", "a.py", "script") == ["a.py", "script", "venv/x.py"]
    assert found("venv") == ["venv/x.py"]
    assert found(".") == []


def test_a_path_given_twice_counts_once(project: Project) -> None:
    project({"a/b.py": ""})
    assert found(".", "a", "a/b.py", "./a/../a/b.py") == ["a/b.py"]


def test_a_missing_path_is_an_error(project: Project) -> None:
    project({})
    with pytest.raises(SettingsError, match=r"^nope\.py: no such file or folder$"):
        found("nope.py")


# .gitignore


def test_nested_ignore_files_count_from_their_own_folder(project: Project) -> None:
    project(
        {
            ".git/HEAD": "",
            ".gitignore": "/gen\n*_tmp.py\n",
            "gen/a.py": "",
            "pkg/gen/b.py": "",
            "pkg/c_tmp.py": "",
            "pkg/.gitignore": "# comment\n!keep_tmp.py\nlocal.py\n",
            "pkg/keep_tmp.py": "",
            "pkg/local.py": "",
            "local.py": "",
        }
    )
    assert found(".") == ["local.py", "pkg/gen/b.py", "pkg/keep_tmp.py"]


def test_ignore_files_above_the_path_count_up_to_the_work_tree(project: Project) -> None:
    project(
        {
            ".gitignore": "a.py",
            "work/.git/info/exclude": "secret.py",
            "work/.gitignore": "b.py\nout/",
            "work/pkg/a.py": "",
            "work/pkg/b.py": "",
            "work/pkg/secret.py": "",
            "work/pkg/out/c.py": "",
        }
    )
    assert found("work/pkg") == ["work/pkg/a.py"]
    assert found("work/pkg/out") == ["work/pkg/out/c.py"]


def test_an_ignore_file_without_git_counts_where_it_lies(project: Project) -> None:
    project({"pkg/.gitignore": "a.py", "pkg/a.py": "", "pkg/b.py": "", "a.py": ""})
    assert found(".") == ["a.py", "pkg/b.py"]


def test_a_line_that_is_no_pattern_is_passed_over_as_git_does(project: Project) -> None:
    project({".gitignore": "\\\n[\nb.py\n", "a.py": "", "b.py": ""})
    assert found(".") == ["a.py"]


# exclude


def test_patterns_of_the_settings(project: Project) -> None:
    project(
        {
            "pyproject.toml": '[tool.keras-inference]\nextend-exclude = ["legacy", "gen/*.py", "*_pb2.py", "a/b"]',
            "legacy/x.py": "",
            "pkg/legacy/x.py": "",
            "gen/x.py": "",
            "pkg/gen/x.py": "",
            "pkg/y_pb2.py": "",
            "a/b/x.py": "",
            "a/c.py": "",
        }
    )
    assert found(".") == ["a/c.py", "pkg/gen/x.py"]


def test_patterns_of_the_command_line_replace_or_extend(project: Project) -> None:
    project({"build/a.py": "", "old/b.py": "", "c.py": ""})
    assert found(".", override=Overrides(exclude=("old",))) == ["build/a.py", "c.py"]
    assert found(".", override=Overrides(extend_exclude=("old",))) == ["c.py"]


@pytest.mark.parametrize(
    ("pattern", "path", "answer"),
    [
        ("tests", "/p/pkg/tests/a.py", True),
        ("tests/", "/p/tests/a.py", True),
        ("tests/*", "/p/tests/deep/a.py", True),
        ("tests/*", "/p/pkg/tests/a.py", False),
        ("*/tests/*", "/p/pkg/tests/a.py", True),
        ("./tests", "/p/tests/a.py", True),
        ("test_*.py", "/p/pkg/test_a.py", True),
        ("tests", "/p/tests.py", False),
        ("/p/pkg", "/p/pkg/a.py", True),
    ],
)
def test_patterns(pattern: str, path: str, answer: bool) -> None:
    assert Patterns([pattern], "/p").match(path) is answer


# Links


def test_links_to_folders_are_not_followed_so_circles_end(project: Project) -> None:
    root = project({"a/b.py": ""})
    (root / "a" / "loop").symlink_to(root)
    (root / "again").symlink_to(root / "a")
    assert found(".") == ["a/b.py"]
    assert found("again") == ["again/b.py"]


def test_a_linked_file_counts_unless_its_target_does(project: Project, tmp_path: Path) -> None:
    root = project({"p/a.py": "", "elsewhere.py": ""}) / "p"
    (root / "same.py").symlink_to(root / "a.py")
    (root / "other.py").symlink_to(tmp_path / "elsewhere.py")
    (root / "broken.py").symlink_to(root / "gone.py")
    assert found("p") == ["p/a.py", "p/other.py"]


# The project around a file


@pytest.mark.parametrize(
    ("marks", "root"),
    [
        ([], "w/pkg/sub"),
        (["w/setup.py"], "w"),
        (["w/setup.py", "w/pkg/setup.cfg"], "w/pkg"),
        (["w/.git/HEAD", "w/pkg/setup.py"], "w"),
    ],
    ids=["nothing", "packaging above", "nearest packaging", "git before packaging"],
)
def test_the_root_of_a_project(project: Project, marks: list[str], root: str) -> None:
    top = project({**dict.fromkeys(marks, ""), "w/pkg/sub/a.py": ""})
    for path in ("w/pkg/sub/a.py", "w/pkg/sub"):
        assert project_root(str(top / path), SettingsFinder().of_folder) == str(top / root)


def test_settings_draw_the_border_of_a_project(project: Project) -> None:
    top = project({".git/HEAD": "", "pkg/pyproject.toml": "[tool.keras-inference]\n", "pkg/a/b.py": ""})
    assert project_root(str(top / "pkg/a/b.py"), SettingsFinder().of_folder) == str(top / "pkg")


def test_an_installed_package_is_a_project_of_its_own(project: Project) -> None:
    top = project({"pyproject.toml": "[project]", "venv/lib/site-packages/keras/src/a.py": ""})
    installed = top / "venv/lib/site-packages"
    for path, root in ((installed / "keras" / "src", installed / "keras"), (installed, installed)):
        assert project_root(str(path), SettingsFinder().of_folder) == str(root)


# Very many patterns


def test_patterns_are_looked_up_by_what_is_sure_of_them() -> None:
    many = [f"{head}{number}{tail}" for number in range(20_000) for head, tail in (("gen_", "-*.py"), ("*_", ".py"))]
    patterns = Patterns([*many, "keep*", "a/b/*.py", "[xy].py", "*mid*"], "/p")
    for path, answer in (
        ("/p/gen_77-z.py", True),
        ("/p/q/t_19999.py", True),
        ("/p/gen_20000-z.py", False),
        ("/p/t_20000.py", False),
        ("/p/kept/keeper/z.py", True),
        ("/p/a/b/z.py", True),
        ("/p/c/a/b/z.py", False),
        ("/p/x.py", True),
        ("/p/z.py", False),
        ("/p/amidst.py", True),
    ):
        assert patterns.match(path) is answer, path


def test_lines_of_gitignore_decide_as_git_does_whichever_are_looked_at(project: Project) -> None:
    many = "".join(f"out_{number}/\n" for number in range(20_000))
    lines = f"{many}*.tmp.py\n/top.py\n!keep/\n**/deep/*.py\nodd[0-9].py\n\\!x.py\nlast.py\n!last.py\n"
    names = ("out_5/a.py", "a.tmp.py", "top.py", "sub/top.py", "x/deep/a.py", "odd1.py", "!x.py", "last.py", "out/a.py")
    project({".gitignore": lines, ".git/HEAD": "", **dict.fromkeys(names, "")})
    assert found(".") == ["last.py", "out/a.py", "sub/top.py"]


# Files that belong to no project


def test_around_a_file_without_a_project_only_what_is_imported_is_looked_at(project: Project) -> None:
    from lint_rules.config.loose import surroundings

    top = project(
        {
            "x.py": "import os, nets.build as n\nfrom helper import y\n",
            "helper.py": "def f():\n    from tools import z\n",
            "beside.py": "import unrelated\n",
            "nets/build.py": "from . import relative\n",
            "nets/sub/deep.py": "import more.things\n",
            "tools/z.py": "",
            "more/things.py": "",
            "relative/not_it.py": "",
            "unrelated/huge.py": "",
            "venv/x.py": "",
        }
    )
    seen = surroundings(
        str(top), [str(top / "x.py")], SettingsFinder().or_mistake, lambda path: Path(path).read_bytes()
    )
    names = sorted(os.path.relpath(path, top).replace(os.sep, "/") for path in set(seen))
    imported = ["more/things.py", "nets/build.py", "nets/sub/deep.py", "tools/z.py"]
    assert names == sorted(["beside.py", "helper.py", "x.py", *imported])
