"""``instep dev``: what helps to try Instep out and to build it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from instep.cli.command import Command, LazyGroup

if TYPE_CHECKING:
    from instep.testing.smartermail import Server, Switches


@click.group(cls=LazyGroup, members={"smartermail": "instep.cli.dev:smartermail"}, hidden=True)
def dev() -> None:
    """Help to try Instep out and to build it."""


@click.command(cls=Command)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="A free one unless named.")
@click.option("--two-step", is_flag=True, help="Anna's login wants a code; the code of now is printed.")
@click.option("--build", type=click.IntRange(1), default=None, metavar="N", help="The build that it says it is.")
@click.option("--old", metavar="VERSION", default="", help="A server of the time before REST, such as 15.7.6970.")
@click.option("--set", "chosen", metavar="SWITCH=VALUE", multiple=True, help="Behave otherwise; repeatable.")
@click.option("--switches", "listing", is_flag=True, help="List the switches with their values, and end.")
@click.option("--people", type=click.IntRange(2, 1000), default=2, show_default=True, help="How many mailboxes.")
@click.option("--contacts", type=click.IntRange(0), default=0, help="So many more contacts for Anna.")
def smartermail(
    port: int,
    two_step: bool,
    build: int | None,
    old: str,
    chosen: tuple[str, ...],
    listing: bool,
    people: int,
    contacts: int,
) -> None:
    """Serve a stand-in for a SmarterMail server on this computer, to try an account with. It is not the product.

    Prints its address and a login. Everything it holds is in memory and gone when Ctrl-C ends it. It has a small web
    page, where items can be changed as on the web.
    """
    from instep.testing.smartermail import ANNA, DAV_GROUP, SWITCHES, TwoStep, World, many_contacts, serve

    if listing:
        for name, values in SWITCHES.items():
            click.echo(f"{name}: {', '.join(values)}")
        return
    world = World.demo(_switches(chosen), old_version=old)
    world.build = build or world.build
    for number in range(3, people + 1):
        world.person(f"person{number}@example.com")
    many_contacts(world, contacts)
    if two_step:
        world.people[ANNA].two_step = TwoStep.APP
        world.people[ANNA].app_passwords[DAV_GROUP] = "abcdefghijklmnop"
    try:
        with serve(world, port) as server:
            _tell(server)
            _stay(server, two_step)
    except OSError as error:
        raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from None


def _switches(chosen: tuple[str, ...]) -> Switches:
    from instep.testing.smartermail import SWITCHES, Switches

    pairs = [one.partition("=")[::2] for one in chosen]
    for name, _ in pairs:
        if name not in SWITCHES:
            raise click.BadParameter(f"there is no switch {name!r}; --switches lists them", param_hint="--set")
    try:
        return Switches(**dict(pairs))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--set") from None


def _tell(server: Server) -> None:
    from instep.testing.smartermail import ANNA, DAV_GROUP

    person = server.world.people[ANNA]
    click.echo(f"Stand-in for SmarterMail, for tests: {server.url}/")
    click.echo(f"E-mail:   {person.email}\nPassword: {person.password}")
    if password := person.app_passwords.get(DAV_GROUP):
        click.echo(f"Application password for CalDAV and CardDAV: {password}")
        click.echo(f"Authenticator key: {person.secret}")
    if not server.world.old_version:
        click.echo(f"Web page: {server.url}/interface/standin")


def _stay(server: Server, two_step: bool) -> None:
    """Serve until Ctrl-C; where codes are wanted, each new one is printed."""
    import time

    from instep.cli.output import note
    from instep.testing.smartermail import ANNA, totp

    note("Ctrl-C ends it.")
    last = ""
    try:
        while True:
            code = totp(server.world.people[ANNA].secret, server.world.clock.now())
            if two_step and code != last:
                click.echo(f"Code now: {code}")
                last = code
            time.sleep(0.5)
    except KeyboardInterrupt:
        note("\nEnded.")
