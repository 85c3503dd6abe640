"""Serve on a disk that syncs no upload while a file ``closed`` is in the working folder: ``slow_disk.py serve ...``."""

import time
from pathlib import Path

from roughy_box.__main__ import main
from roughy_box.storage.blobs import IncomingFile

CLOSED = "closed"

if __name__ == "__main__":
    sync = IncomingFile.sync

    def wait_and_sync(file: IncomingFile) -> None:
        while Path(CLOSED).exists():
            time.sleep(0.01)
        sync(file)

    IncomingFile.sync = wait_and_sync  # type: ignore[method-assign]
    main()
