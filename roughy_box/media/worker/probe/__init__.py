"""The measurement of a file: how long it plays, and whether it decodes."""
