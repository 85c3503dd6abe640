"""Serve event streams with a quick heartbeat: ``quick_streams.py serve ...``."""

from roughy_box.__main__ import main
from roughy_box.services import event_stream

if __name__ == "__main__":
    event_stream.HEARTBEAT = 0.3
    main()
