"""`keras-inference rule`: the page of a rule, or a list of them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_keras_inference.vocabulary import FAMILIES, TEXTS

OWN_PAGES = {
    "KI000": """# unreadable-file (KI000)

## What it does
Tells of a file that could not be read as Python, or not within its time, so that nothing in it was judged. All other
files were.

Where only some statements do not parse, the rest of the file is judged, and this is an information, shown with
`--severity info`: it says which Python read the file, and where the first of those statements is. What Python 2 writes
otherwise (`print x`, `except E, e:`, `raise E, "m"`, `exec`, backticks, `0777`, `<>`) is read as Python 2 means it. Of
anything else it is only supposed that it may change whatever it names. In such a file nothing is fixed; in a notebook,
nothing in such a cell.

## Why is this bad?
What is wrong in the file, or in those statements, stays unseen.

## What to do
Repair the file: the message says what is wrong and where. Code in Python 2 has to be converted to be fixed. A file that
is broken on purpose belongs in `exclude`, or in `per-file-ignores = { "pattern" = ["KI000"] }`.

Files found in a folder are told only in a project that uses Keras; a file that is named is always told.
""",
    "KI001": """# unused-noqa (KI001)

## What it does
Finds a comment that names a rule of this tool which has nothing to say there (`# noqa: KI201`,
`# keras-inference: ignore[KI201]`, `# ruff: ignore[KI201]`), and a `# keras-inference: noqa` that silences nothing in
its file. Runs only when selected.

## Why is this bad?
The next finding on that line would be silenced unseen.

## Example
```python
total = 0  # noqa: KI201
```

Use instead:
```python
total = 0
```

## When not to
A bare `# noqa` and the codes of other tools are left alone, and so are codes of rules that do not run.

## Fix safety
Safe: only the comment changes. What stands behind the codes stays as a comment.
""",
    "KI002": """# invalid-suppression-comment (KI002)

## What it does
Finds comments that are to silence a rule which does not exist: `# noqa: KI999`, `# keras-inference: ignore[KI999]`, and
`# keras-inference: ignore` without brackets.

## Why is this bad?
The comment silences nothing, although somebody thinks that it does.

## Example
```python
total = 0  # keras-inference: ignore[KI999]
```

Use instead:
```python
total = 0  # keras-inference: ignore[KI201]
```

## When not to
Behind `# noqa:` and `# ruff: ignore` only codes that begin with `KI` are looked at: the others are those of other
tools.

## Fix safety
There is no fix: the message names the rule that may be meant.
""",
}
"""The pages of what a run itself reports, beside its rules."""


def page(code: str) -> str:
    """What a rule finds, why it matters, wrong and right code: Markdown, ending with a line end."""
    from lint_rules.rules.registry import RULES

    pages = {**OWN_PAGES, **{rule.code: rule.page for rule in RULES}}
    if code in pages:
        return f"{pages[code].strip()}\n"
    text = TEXTS[code]
    return f"# {text.name} ({code})\n\n{text.summary}. Instead: {text.instead}.\n"


def codes_of(beginning: str = "") -> list[str]:
    """The codes of all rules that begin so."""
    from lint_rules.rules.registry import RULES

    return sorted(code for code in {*OWN_PAGES, *(rule.code for rule in RULES)} if code.startswith(beginning))


def catalogue(codes: Sequence[str]) -> str:
    """One line for each rule: code, severity, name, summary."""
    width = max(len(TEXTS[code].name) for code in codes)
    return "".join(
        f"{code}  {TEXTS[code].severity:<7}  {TEXTS[code].name:<{width}}  {TEXTS[code].summary}\n" for code in codes
    )


def has_fix(code: str) -> bool:
    """Whether a rule offers fixes, as its page says."""
    return not page(code).partition("## Fix safety\n")[2].startswith(("No fix", "There is no"))


def class_name(code: str) -> str:
    """The name of a rule as a class is called: `PredictPerSample`."""
    return "".join(part.capitalize() for part in TEXTS[code].name.split("-"))


def as_object(code: str) -> dict[str, Any]:
    """A rule as plain data, with its whole page in Markdown."""
    from lint_rules.rules.registry import RULES

    text = TEXTS[code]
    default = next((rule.default for rule in RULES if rule.code == code), code != "KI001")
    return {
        "code": code,
        "name": text.name,
        "family": FAMILIES[code[:3]],
        "severity": text.severity,
        "default": default,
        "summary": text.summary,
        "instead": text.instead,
        "explanation": page(code),
    }
