"""The measurement of a file: its duration, and the proof that it decodes."""
