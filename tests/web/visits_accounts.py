"""The pages of accounts and folders that are worth a picture."""

from __future__ import annotations

from collections.abc import Iterator

from web.client import Client
from web.story import World


def form(world: World, name: str, folder: str, **other: str) -> dict[str, str | list[str]]:
    """What a person types for a new account on the story's server."""
    return {
        "name": name,
        "url": world.server.url,
        "email": "anna@example.org",
        "login": world.server.login,
        "way": "kept",
        "password": world.server.password,
        "desktop": str(world.folder / folder),
        "insecure_http": "yes",
        "kind": ["contacts", "appointments", "tasks", "notes"],
        **other,
    }


def settings_visits(client: Client, world: World) -> Iterator[tuple[str, str]]:
    """A new account: its form, a test that fails and one that does not, its folders."""
    yield "settings-new", "/accounts/new"
    typed = form(world, "Studio", "Studio")
    client.post("/accounts/new", {**typed, "do": "test", "password": "wrong"})
    client.until_over()
    yield "test-refused", client.path
    draft = client.link(r"/accounts/new\?draft=[\w-]+")
    yield "settings-typed", draft
    client.post("/accounts/new", {**typed, "do": "test"})
    client.until_over()
    yield "test-right", client.path
    client.post("/accounts/new", {**typed, "do": "store"})
    client.until_over()
    yield "folders-proposed", client.path


def stored_visits(client: Client, account: str) -> Iterator[tuple[str, str]]:
    """An account that is there: settings, folders, one pair, what an address of another place would do, removing."""
    yield "settings", f"/accounts/{account}/settings"
    client.get(f"/accounts/{account}/folders")
    client.until_over()
    yield "folders", client.path
    yield "folders-pair", client.link(r"/accounts/\w+/pairs/\d+")
    client.get(f"/accounts/{account}/settings")
    fields = client.fields()
    client.post(f"/accounts/{account}/settings", {**fields, "desktop": f"{fields['desktop']} moved", "do": "store"})
    client.until_over()
    yield "settings-move", client.path
    yield "sign-in", f"/accounts/{account}/sign-in"
    yield "code-over", "/accounts/code?sign-in=none"
    yield "remove", f"/accounts/{account}/remove"
    yield "import", "/accounts/import"
