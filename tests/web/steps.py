"""What a person does on the pages before a test begins."""

from __future__ import annotations

from cli.desk import Desk
from web.client import Client


def paired(client: Client) -> str:
    """Synchronize once; gives how the account is called in addresses."""
    work = client.pages.site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
    assert "Both sides are in step" in client.until_over()
    return work


def synced(client: Client) -> int:
    """Synchronize once more; gives the number of the run."""
    client.post(f"/accounts/{client.pages.site.id_of('Work')}/synchronize")
    assert "Both sides are in step" in client.until_over()
    run = client.pages.site.jobs.get(client.path.rpartition("/")[2])
    assert run is not None
    return int(run.live.run)


def edited(client: Client, desk: Desk) -> int:
    """Change Jane's address on the desktop and carry it; gives the number of the run."""
    desk.edit(desk.files, "jane@example.org", "jane@example.net")
    return synced(client)
