"""Serve without lending sockets, as where there is none to lend: ``plain_path.py serve ...``."""

from roughy_box.__main__ import main
from roughy_box.http import loan

if __name__ == "__main__":
    loan.WORTHWHILE = 1 << 62
    main()
