"""Backups of a box, made while it serves, and their restore.

``DEST`` holds one state of the box at a time:

    manifest.json             the files of the state, each with size and SHA-256
    state/N/                  files that change from run to run: database, secret, marker, open uploads
    media/projects/...        as in the box; these files never change
    renders/...               as in the box, unless they are left out
    backup.lock               the box that owns the backup; locked by the one run that may write to it

A run only adds files. Then it replaces the manifest, in one step, and only then removes files that the new
manifest does not name. Cut off anywhere, it leaves the previous state restorable. Artifacts, which are made from
the media, are left out: a restored box makes them again, as it does with renders that were left out.
"""
