"""CalDAV and CardDAV under ``/webdav/``, on the same data as REST (facts 2.3)."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from instep.core.model import Kind
from instep.testing.smartermail.dav_reports import report
from instep.testing.smartermail.dav_tree import ROOT, Tree, content_type, etag_of
from instep.testing.smartermail.dav_writing import delete, put
from instep.testing.smartermail.dav_xml import Found, multistatus, parsed, wanted
from instep.testing.smartermail.documents import document_of
from instep.testing.smartermail.exchange import Refusal, Request, Response
from instep.testing.smartermail.folders import Folder
from instep.testing.smartermail.login import judged_dav
from instep.testing.smartermail.people import Person
from instep.testing.smartermail.world import World

_ALLOWED: Final = "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, REPORT"


def answer(world: World, request: Request) -> Response:
    """Answer a request of DAV; nothing is told without a login, not even what exists."""
    person = _person(world, request)
    if person is None:
        return Response(401, headers=(("WWW-Authenticate", 'Basic realm="SmarterMail stand-in"'),))
    path = request.path if request.path != "/webdav" else ROOT
    if path.startswith("/.well-known/"):
        known = path.rstrip("/") in ("/.well-known/caldav", "/.well-known/carddav")
        return Response(301, headers=(("Location", ROOT),)) if known else Response(404)
    if request.method == "OPTIONS":
        return Response(200, headers=(("Allow", _ALLOWED), ("DAV", _classes(world))))
    try:
        return _at(Tree(world, person), path, request)
    except Refusal as refusal:
        return Response(refusal.status, refusal.message.encode())


def _classes(world: World) -> str:
    words = "1, 3, access-control, calendar-access, addressbook"
    return f"{words}, calendar-auto-schedule" if world.switches.dav_mails == "announced" else words


def _person(world: World, request: Request) -> Person | None:
    """Who asks; a login that fails counts for the intrusion detection, one that is missing does not."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return judged_dav(world, name, password, request.address)


def _at(tree: Tree, path: str, request: Request) -> Response:
    if folder := tree.folder_at(path if path.endswith("/") else f"{path}/"):
        return _collection(tree, folder, request)
    base, _, name = path.rpartition("/")
    folder = tree.folder_at(f"{base}/")
    if folder is not None and name:
        return _member(tree, folder, unquote(name), request)
    if request.method == "PUT":
        return Response(409)
    if request.method != "PROPFIND":
        return Response(405 if _props_at(tree, path) else 404)
    props = _props_at(tree, path)
    if props is None:
        return Response(404)
    found = [Found(path, props)]
    home = _home_at(tree, path)
    if home is not None and _depth(request) == "1":
        found += [Found(tree.path(inside), tree.folder_props(inside)) for inside in tree.folders(home)]
    return multistatus(found, wanted(parsed(request.body)))


def _home_at(tree: Tree, path: str) -> Kind | None:
    return next((kind for kind in (Kind.EVENT, Kind.CONTACT) if f"{path.rstrip('/')}/" == tree.home(kind)), None)


def _props_at(tree: Tree, path: str) -> tuple[Element, ...] | None:
    path = f"{path.rstrip('/')}/"
    if path == ROOT:
        return tree.root_props()
    if path == tree.principal:
        return tree.principal_props()
    return tree.home_props() if _home_at(tree, path) else None


def _depth(request: Request) -> str:
    depth = request.headers.get("depth", "1")
    if depth not in ("0", "1"):
        raise Refusal(403, "Depth infinity is not allowed.")
    return depth


def _collection(tree: Tree, folder: Folder, request: Request) -> Response:
    match request.method:
        case "PROPFIND":
            found = [Found(tree.path(folder), tree.folder_props(folder))]
            if _depth(request) == "1":
                items = folder.items.values()
                found += [Found(tree.member(folder, item), tree.item_props(folder, item)) for item in items]
            return multistatus(found, wanted(parsed(request.body)))
        case "REPORT":
            return report(tree, folder, request.body)
        case "DELETE":
            return Response(403)
        case _:
            return Response(405, headers=(("Allow", _ALLOWED),))


def _member(tree: Tree, folder: Folder, name: str, request: Request) -> Response:
    item = folder.named(name)
    match request.method:
        case "PUT":
            return put(tree, folder, name, request)
        case "DELETE":
            return delete(tree, folder, name, request)
        case _ if item is None:
            return Response(404)
        case "GET" | "HEAD":
            told = (("ETag", etag_of(item)), ("Content-Type", content_type(folder)))
            return Response(200, document_of(tree.world, folder, item), told)
        case "PROPFIND":
            found = [Found(tree.member(folder, item), tree.item_props(folder, item))]
            return multistatus(found, wanted(parsed(request.body)))
        case _:
            return Response(405, headers=(("Allow", _ALLOWED),))
