"""The settings: the table of options, what their values may be, and how they are loaded."""
