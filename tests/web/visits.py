"""Every page worth a picture, in the order of a person's story; each visit is a name and an address."""

from __future__ import annotations

from collections.abc import Iterator

from instep.engine.conflicts import questions
from web.client import Client, Pages
from web.story import World


def visits(pages: Pages, world: World) -> Iterator[tuple[str, str]]:
    """Live the story, and stop wherever a page is worth looking at."""
    with pages.client() as client:
        yield "accounts-none", "/"
        world.account("Home", "Desk")
        world.account("Office", "Office")
        world.account("Old server", "Old", password_command="echo wrong")
        world.fill("Desk")
        world.fill("Office")
        site = pages.site
        yield "accounts-new", "/"
        yield "first-sync", _run(client, site.id_of("Home"))
        yield "synchronized", _run(client, site.id_of("Home"), yes="yes")
        world.disagree("Desk")
        yield "synchronized-conflicts", _run(client, site.id_of("Home"))
        yield "conflicts", "/conflicts"
        for question in questions(site.here.db):
            yield f"conflict-{question.kind.value}-{question.reason}", f"/conflicts/{question.id}?choice=server"
        yield "refused", _run(client, site.id_of("Old server"))
        yield "accounts", "/"
        yield "help", "/help"
        yield "help-devices", "/help/how-to/devices"
        yield "help-symptoms", "/help/how-to/troubleshooting"
        yield "doctor", "/doctor"


def _run(client: Client, account: str, **fields: str) -> str:
    client.post(f"/accounts/{account}/synchronize", fields)
    client.until_over()
    return client.path
