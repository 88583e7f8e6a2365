"""From a source to the folder that makes its calls."""

from __future__ import annotations

from instep.core.model import Kind
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.contacts import ContactFolder
from instep.protocols.smartermail.events import EventFolder
from instep.protocols.smartermail.folders import Source
from instep.protocols.smartermail.forms import Forms
from instep.protocols.smartermail.notes import NoteFolder
from instep.protocols.smartermail.tasks import TaskFolder


def open_folder(
    rest: RestClient, source: Source, forms: Forms
) -> ContactFolder | EventFolder | TaskFolder | NoteFolder:
    """Give the calls on one folder, each by the promises of ``Folder``; makes no request."""
    match source.kind:
        case Kind.CONTACT:
            return ContactFolder(rest, source, forms)
        case Kind.EVENT:
            return EventFolder(rest, source, forms)
        case Kind.TASK:
            return TaskFolder(rest, source, forms)
        case Kind.NOTE:
            return NoteFolder(rest, source, forms)
