"""``python -m roughy_box.speech.whisper.download NAME FOLDER``: faster-whisper's own download, into a cache.

Prints the folder of the model, or why there is none, as its last line. The cache keeps what has arrived of a file,
and asks for the rest next time. ``HF_ENDPOINT`` names another hub; the usual variables name proxies.
"""

from __future__ import annotations

import sys


def main(name: str, folder: str) -> int:
    """Download a model; the exit status is 0 when all of it is there."""
    try:
        from faster_whisper import download_model

        # Not by output_dir: faster-whisper 1.2 gives that on with a word that newer hub libraries do not know.
        path = download_model(name, cache_dir=folder)
    except Exception as error:  # of the hub's library, the network, the disk
        lines = str(error).strip().splitlines() or [type(error).__name__]
        print(lines[0])
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
