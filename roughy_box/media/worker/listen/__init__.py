"""The sound of a file heard: decoded and mixed once, speech regions found, words recognized."""
