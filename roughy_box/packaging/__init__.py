"""``make binary``: the standalone program, for the kind of machine it is built on. Not part of the installed package.

``roughy-box.spec`` lists what is packed, ``contents`` what is left out, ``notices`` writes the licenses of all parts,
``__main__`` builds, packs and measures.
"""
