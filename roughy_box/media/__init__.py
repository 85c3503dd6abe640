"""The kind and the duration of media, from its bytes.

The server imports ``runner`` and ``verdict``. Everything that touches libmagic or PyAV is
imported by the child processes only, so that hostile bytes never meet the server's memory.
"""
