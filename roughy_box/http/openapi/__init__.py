"""``/v1/openapi.json``: the API described to machines, built from the routes and their models.

``operation`` is the form of a description, which each resource gives next to its handler. ``errors`` and ``headers``
know what many operations share, ``guide/`` holds the chapters in Markdown, and ``document`` puts it all together.
"""
