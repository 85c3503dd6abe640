"""Roughy Box: media intake for a studio's own machine.

Where things are, and who may know whom. Imports run downwards only; a test reads them.

    cli        commands: open the box, call one service, print
    http       the only folder that knows Sanic: API, TUS, signed files
    scheduler  ticks: each calls one service
    client     the upload client behind ``roughy-box upload``; knows only the public API
    reach      the client behind ``roughy-box doctor --url``: what a proxy in between does wrong
        |
    services   use cases: a public function is one thing a user does
        |
    storage    what is on disk: SQLite (through Tortoise) and files
    media      libmagic and PyAV; what touches untrusted bytes runs in child processes
        |
    cutting    words, sound features and a script in, a plan out: pure, numpy alone; knows only domain
        |
    domain     the rules, pure: states, prices, offsets, the error catalogue
    config, config_values, clock, logs, tasks, metrics, lag, certificate, supervisor
    frozen     what is different when the program is in one piece; packaging makes it so

``integrations`` holds files for other programs (a unit of systemd, ...), printed by commands.

The way of a chunk: ``http.tus`` checks the headers, ``services.uploads`` finds the open upload and its
writer, ``services.chunk`` stores the body and has its head judged, ``services.intake`` moves the row.
When the last byte is durable, ``services.processing`` probes the file in a child, moves it to its
place and charges for it, in one transaction with the state.
"""

__version__ = "0.1.0"
