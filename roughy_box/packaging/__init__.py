"""``make binary``: the program in one piece, for the kind of machine it is built on. Not part of the installed package.

``roughy-box.spec`` says what is packed, ``contents`` what is left out, ``notices`` the licenses of its parts,
``__main__`` builds, packs and measures.
"""
