"""A realistic account made in code: what a server holds, and a desktop folder that overlaps it partly."""

from __future__ import annotations

from instep.testing.demo import appointments, papers, people
from instep.testing.demo.document import Document

__all__ = ["Document", "on_the_desktop", "on_the_server"]


def on_the_server() -> tuple[Document, ...]:
    """Return 60 contacts (two of them groups), 80 appointments, 25 tasks and 15 notes as a telephone wrote them."""
    cards = [*(people.on_a_phone(person) for person in people.people()), *people.groups()]
    events = [appointments.on_a_phone(one) for one in appointments.appointments()]
    tasks = [papers.task_document(task) for task in papers.tasks()]
    notes = [papers.note_on_a_phone(note) for note in papers.notes()]
    return (*cards, *events, *tasks, *notes)


def on_the_desktop() -> tuple[Document, ...]:
    """Return what a desktop's folder holds: about half of the same things, some without their uid, and some of its own.

    A text file has no uid, so notes are recognized by what they say.
    """
    known, planned, todo, written = people.people(), appointments.appointments(), papers.tasks(), papers.notes()
    cards = [people.on_a_desktop(person) for person in known[:30]]
    cards += [people.on_a_desktop(person, uid=False) for person in known[30:38]]
    cards += [people.on_a_desktop(person) for person in people.newcomers()]
    events = [appointments.on_a_desktop(one) for one in planned[::2]]
    events += [appointments.on_a_desktop(one, uid=False) for one in planned[21:27:2]]
    events += [appointments.on_a_desktop(one) for one in appointments.newcomers()]
    tasks = [papers.task_document(task, desktop=True, uid=task.number < 12) for task in todo[:14]]
    tasks += [papers.task_document(task, desktop=True) for task in papers.new_tasks()]
    notes = [papers.note_on_a_desktop(note) for note in (*written[:6], *papers.new_notes())]
    return (*cards, people.group_on_a_desktop(), *events, *tasks, *notes)
