"""Roughy Box: rough cuts on a studio's own machine.

The rooms of the house, from the roof to the ground. A module imports from its own room and from rooms further
down, never from a neighbor; ``tests/unit/test_layers.py`` reads this list and holds every import to it.

    __main__         starts the command line, or a media child
    packaging        builds the program in one piece; not part of the installed package
    |
    cli              commands: open the box, call one service, print
    |
    http             the front door: the list of routes, the application, serving
    |
    http.resources   the endpoints, one file a resource
    |
    http.openapi     the API described to machines and people
    |
    http.transfer    large bodies in both directions, by the framework or past it
    |
    http.server      the connection, and what all requests share
    |
    operations       backup and restore, doctor, readiness
    |
    services         use cases: a public function is one thing a user does
    client           programs that use a box through its public API: upload, cut, export, render, connectivity check
    media.worker     the media children, alone with untrusted bytes
    |
    jobs             the engine of background work: kinds, priorities, fairness, progress, cancellation
    storage          what is on disk: SQLite (through Tortoise) and files
    media            the server's side of the media children: start, limits, protocol
    exports          pure: a plan and its source go in, timeline files and captions come out
    outgoing         requests to other servers: which addresses are allowed, limited answers
    |
    speech           the engines that hear: voice activity, recognizers; their libraries are loaded in children only
    |
    cutting          pure, with numpy: words, sound features and a script go in, a plan comes out
    |
    base             time, tasks, files, logs, text: nothing of the product
    |
    config           the table of options, their values, loading
    |
    domain           the rules, pure: states, prices, offsets, cuts, the error catalog
    integrations     files for other programs (a systemd unit, proxies, dashboards), printed by commands

The way of a chunk: ``http.resources.uploads`` checks the headers, ``services.uploads`` finds the open upload and
its writer, ``services.chunk`` stores the body and has its head checked, ``services.upload_transitions`` moves the
row. When the last byte is durable, ``services.preparation`` probes the file in a child, moves it to its place and
charges for it, in one transaction with the state.
"""

__version__ = "0.1.0"
