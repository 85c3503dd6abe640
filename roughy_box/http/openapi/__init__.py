"""``/v1/openapi.json``: the API told to machines, made from the routes and the models.

``operation`` is the form of a description; ``resources`` and ``transfers`` hold one for each route, with
``models`` and ``examples`` of what is sent. ``errors`` and ``headers`` know what is common to many, and
``document`` puts it together. Nothing here is needed before the first reader asks.
"""
