"""`keras-inference rule`: the page of a rule, or a list of them all."""

from __future__ import annotations

from lint_rules.codes import TEXTS

OWN_PAGES = {
    "KI000": """
A file could not be read as Python, so nothing in it was judged; all other files were.

## What to do
Repair the file: the message says what is wrong and where. Code in Python 2 has to be converted first. A file that is
broken on purpose belongs in `exclude`, or `per-file-ignores = {"pattern" = ["KI000"]}`.
""",
    "KI001": """
A `# noqa` comment names a rule that has nothing to say there. Reported only when selected.

## Why it matters
The next finding on that line would be silenced unseen.

## What to do
Remove the code from the comment, or the comment.
""",
}


def page(code: str) -> str:
    """What a rule finds, why it matters, wrong and right code: Markdown, ending with a line end."""
    from lint_rules.rules.registry import RULES

    text = TEXTS[code]
    pages = {rule.code: rule.page for rule in RULES}
    body = pages.get(code) or OWN_PAGES.get(code) or f"{text.summary}.\n\nInstead: {text.instead}."
    return f"# {code} {text.name} ({text.severity})\n\n{body.strip()}\n"


def catalogue() -> str:
    """One line for each rule: code, severity, name, summary."""
    from lint_rules.rules.registry import RULES

    codes = sorted({"KI000", "KI001", *(rule.code for rule in RULES)})
    width = max(len(TEXTS[code].name) for code in codes)
    return "".join(
        f"{code}  {TEXTS[code].severity:<7}  {TEXTS[code].name:<{width}}  {TEXTS[code].summary}\n" for code in codes
    )
