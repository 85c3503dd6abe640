"""What bytes are and how long they play.

The server imports ``runner`` and ``verdict``. Everything that touches libmagic or PyAV is
imported by the child processes only, so that hostile bytes never meet the server's memory.
"""
