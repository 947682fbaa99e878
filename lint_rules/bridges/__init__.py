"""Other tools' ways in: a plugin of flake8, metadata and codemods for LibCST, rules for Fixit."""
