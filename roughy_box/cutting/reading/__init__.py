"""Speech that reads a script: which words are which, and which take counts."""
