"""The numbered SQL files that make the schema; see :mod:`roughy_box.storage.migrate`."""
