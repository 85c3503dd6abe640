"""The scenarios, one per file; ``run(lab)`` returns the section of the page."""
