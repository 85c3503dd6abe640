"""Serve without lending sockets, as where there is none to lend: ``plain_path.py serve ...``."""

from roughy_box.__main__ import main
from roughy_box.http.transfer import direct

if __name__ == "__main__":
    direct.WORTHWHILE = 1 << 62
    main()
