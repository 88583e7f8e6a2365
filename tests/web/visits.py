"""Every page worth a picture, in the order of a person's story; each visit is a name and an address."""

from __future__ import annotations

from collections.abc import Iterator

from instep.engine.conflicts import questions
from web.client import Client, Pages
from web.story import World
from web.visits_accounts import settings_visits, stored_visits


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
        yield from settings_visits(client, world)
        yield from stored_visits(client, site.id_of("Home"))
        home = site.id_of("Home")
        yield "preview", _posted(client, f"/accounts/{home}/preview")
        yield "preview-unpaired", _posted(client, f"/accounts/{site.id_of('Office')}/preview")
        yield "verify", _posted(client, f"/accounts/{home}/verify")
        world.edit(world.on_desktop("Desk"), "UID:p-3", lambda text: text.replace("dana@", "dana.whitfield@"))
        run = _number(client, _run(client, home))
        yield "history", "/history?all=1"
        yield "history-run", f"/history/{run}"
        client.post("/history/find", {"name": "Dana"})
        item = client.text.split('href="/items/')[1].partition('"')[0]
        yield "item", f"/items/{item}"
        yield "undo-preview", _posted(client, f"/history/{run}/undo")
        yield "undo", _posted(client, f"{client.path}/do")
        yield "restore-preview", _posted(client, f"/items/{item}/restore", version="1")
        yield "help", "/help"
        yield "help-devices", "/help/how-to/devices"
        yield "help-symptoms", "/help/how-to/troubleshooting"
        yield "doctor", "/doctor"


def _run(client: Client, account: str, **fields: str) -> str:
    return _posted(client, f"/accounts/{account}/synchronize", **fields)


def _posted(client: Client, path: str, **fields: str) -> str:
    client.post(path, fields)
    client.until_over()
    return client.path


def _number(client: Client, path: str) -> int:
    job = client.pages.site.jobs.get(path.rpartition("/")[2])
    assert job is not None
    return int(job.live.run)
