"""Serve with the fast path off, to show what the fallback does: ``plain_path.py python -m roughy_box serve ...``."""

import sys

from roughy_box.__main__ import main
from roughy_box.http import loan

loan.WORTHWHILE = 1 << 62
sys.argv = ["roughy-box", *sys.argv[4:]]
main()
