"""The settings: the table of options, the parsers of their values, and loading."""
