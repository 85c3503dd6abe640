"""``example``."""

from __future__ import annotations

from importlib.resources import files

import click

from roughy_box import integrations
from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command
from roughy_box.domain.errors import SetupError

# By short name: the file and its description.
EXAMPLES = {
    "alerts": ("prometheus-alerts.yml", "Alert rules for Prometheus: down, not ready, disk, errors, ledger."),
    "caddy": ("Caddyfile", "Caddy as reverse proxy, with HTTPS."),
    "grafana": ("grafana-dashboard.json", "A dashboard to import into Grafana 10 or newer."),
    "nginx": ("nginx.conf", "nginx as reverse proxy, with HTTPS."),
}


@command(group, "example")
@click.argument("name", required=False)
def example(session: Session, name: str | None) -> None:
    """Print an example configuration for another program; without NAME, list the examples.

    Save it to a file: roughy-box example alerts > prometheus-alerts.yml
    """
    if name is None:
        _list(session)
        return
    if name not in EXAMPLES:
        raise SetupError(f"Unknown example. Available: {', '.join(EXAMPLES)}.")
    file, description = EXAMPLES[name]
    content = files(integrations).joinpath(file).read_text(encoding="utf-8")
    if session.as_json:
        output.document({"name": name, "file": file, "description": description, "content": content})
    else:
        click.echo(content, nl=False)


def _list(session: Session) -> None:
    rows = [{"name": name, "file": file, "description": text} for name, (file, text) in EXAMPLES.items()]
    if session.as_json:
        output.document({"examples": rows})
    else:
        output.table(("name", "file", "description"), [tuple(row.values()) for row in rows])
