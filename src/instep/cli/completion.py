"""``instep completion``: the lines that teach a shell to complete."""

from __future__ import annotations

import click

from instep.cli.command import Command


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes SHELL complete commands, options and accounts.

    \b
    bash:  instep completion bash >> ~/.bashrc
    zsh:   instep completion zsh >> ~/.zshrc
    fish:  instep completion fish > ~/.config/fish/completions/instep.fish
    """
    from click.shell_completion import get_completion_class

    from instep.cli.main import cli
    from instep.cli.output import say

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    say(kind(cli, {}, "instep", "_INSTEP_COMPLETE").source())
