"""``completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command

_SHELLS = ("bash", "zsh", "fish")


@command(group, "completion")
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(session: Session, shell: str) -> None:
    """Print the script with which SHELL completes the commands and options of roughy-box.

    \b
    bash:  roughy-box completion bash > ~/.local/share/bash-completion/completions/roughy-box
    zsh:   roughy-box completion zsh > ~/.roughy-box.zsh, and 'source ~/.roughy-box.zsh' in ~/.zshrc after compinit
    fish:  roughy-box completion fish > ~/.config/fish/completions/roughy-box.fish
    """
    kind = get_completion_class(shell)
    assert kind
    script = kind(group, {}, "roughy-box", "_ROUGHY_BOX_COMPLETE").source()
    if session.as_json:
        output.document({"shell": shell, "script": script})
    else:
        click.echo(script)
