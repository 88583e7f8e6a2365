"""A stand-in for a SmarterMail server, for tests and for trying things out: REST, CalDAV and CardDAV, a web mail page.

It is no SmarterMail and takes no part of one. It is made from what is publicly known, and where sources contradict
each other, or say nothing, it has a switch (``SWITCHES``), so that a client can be tried against every answer.

    with serve(World.demo()) as server:
        server.url                                  # http://127.0.0.1:PORT
        world = server.world
        id = world.put("anna@example.com", Kind.TASK, {"subject": "Call Ben", "priority": 9})
        world.edit("anna@example.com", Kind.TASK, id, percentComplete=50)     # as a person does on the web
        world.items("anna@example.com", Kind.TASK)  # id -> data, in the server's own terms
        world.remove("anna@example.com", Kind.TASK, id)
        world.clock.move(minutes=20)                # tokens expire, blocks end; nobody waits
        world.records.requests, .counts(), .logins, .mails                    # what happened; never a secret
        server.fail(r"POST .*/tasks/save", "drop-after")                      # or a status, or "drop-before"
        world.faults.false_deletes = 1              # a deletion that is only said to have been done
        server.die_after(3); server.start()         # the process is gone; again, same port, same data
        server.expire_tokens()

``World(Switches(phone_type="number"), build=9500)`` chooses; ``world.switches``, ``world.build`` and
``world.old_version`` may change while it serves. ``world.people[email]`` has password, ``two_step``, ``secret``,
``standing`` and ``app_passwords``; ``totp(secret, world.clock.now())`` is the code of an authenticator.
"""

from __future__ import annotations

from instep.core.model import Kind
from instep.testing.smartermail.clock import Clock
from instep.testing.smartermail.exchange import Request, Response
from instep.testing.smartermail.folders import Folder, Item
from instep.testing.smartermail.front import handle
from instep.testing.smartermail.people import DAV_GROUP, Person, Standing, TwoStep
from instep.testing.smartermail.records import Asked, Login, Mail
from instep.testing.smartermail.seeds import ANNA, BEN, many_contacts
from instep.testing.smartermail.server import Server, serve
from instep.testing.smartermail.switches import SWITCHES, Switches
from instep.testing.smartermail.totp import totp
from instep.testing.smartermail.world import World

__all__ = [
    "ANNA",
    "BEN",
    "DAV_GROUP",
    "SWITCHES",
    "Asked",
    "Clock",
    "Folder",
    "Item",
    "Kind",
    "Login",
    "Mail",
    "Person",
    "Request",
    "Response",
    "Server",
    "Standing",
    "Switches",
    "TwoStep",
    "World",
    "handle",
    "many_contacts",
    "serve",
    "totp",
]
