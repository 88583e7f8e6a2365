"""The demonstration's parts, in order; each says what is seen and why, and makes sure that it is so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from instep.cli.demo_person import Subject, delete_file, line_added, line_replaced, replaced, write_to_server
from instep.cli.demo_server import LOGIN, PASSWORD, Server
from instep.cli.demo_stage import Stage, heading, promise, tell
from instep.core.model import Kind
from instep.engine.sentences import counted
from instep.testing import demo as account
from instep.testing.demo import appointments, papers, people

NAME = "demo"
FOLDERS = {Kind.CONTACT: "contacts", Kind.EVENT: "calendar", Kind.TASK: "tasks", Kind.NOTE: "notes"}
_NINA = """BEGIN:VCARD\r\nVERSION:3.0\r\nUID:demo-nina\r\nFN:Nina Nováková\r\nN:Nováková;Nina;;;\r\n\
TEL;TYPE=CELL:+420 601 123 456\r\nEND:VCARD\r\n"""


@dataclass(slots=True)
class Story:
    """One demonstration on a stage with a server."""

    stage: Stage
    server: Server

    @property
    def desktop(self) -> Path:
        """The folder of files."""
        return self.stage.folder / "desktop"

    @property
    def _password(self) -> Path:
        return self.stage.folder / "password"

    def play(self) -> None:
        """Go through all parts after ``prepare``; raises ``PromiseBroken`` as soon as one is not as it says."""
        self.set_up()
        self.first_sync()
        subjects = self.edit()
        self.merge(subjects)
        self.decide(subjects[-1])
        self.prove()

    def show_pages(self) -> None:
        """Live until a conflict waits, then serve the pages until a person ends it."""
        self.set_up()
        self.first_sync()
        self.merge(self.edit())
        heading(6, "The pages")
        tell("One conflict waits there. Edit both sides as you like, synchronize, decide, look into the history, undo.")
        self.stage.instep("serve", "--port", "0", expect=(0, 130))

    def prepare(self) -> None:
        """Fill both sides, and keep the two secrets outside Instep's own folder."""
        heading(1, "A server and a desktop folder that overlap partly")
        (self.stage.folder / "passphrase").write_text("eine lange Losung\n", encoding="utf-8")
        self._password.write_text(f"{PASSWORD}\n", encoding="utf-8")
        held, own = account.on_the_server(), account.on_the_desktop()
        for document in held:
            self.server.put(self.server.path(FOLDERS[document.kind], document.file), document.data)
        for document in own:
            file = self.desktop / FOLDERS[document.kind] / document.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(document.data)
        tell(f"Radicale runs at {self.server.url}, filled as a telephone would: {_numbers(held)}.")
        tell(f"{self.desktop} was filled by another program: {_numbers(own)}.")
        tell(
            "About half are the same on both sides, some of them without a common uid; the rest is only here or there."
        )

    def set_up(self) -> None:
        """Add the account, and see what would be paired."""
        heading(2, "Set up an account")
        self.stage.instep(*self._add(), password=self._password)
        self.stage.instep("folders", NAME)

    def _add(self) -> tuple[str, ...]:
        login = ("--email", "anna@example.org", "--login", LOGIN, "--password-stdin")
        desktop = ("--desktop", f"files:{self.desktop}", "--insecure-http")
        return "account", "add", NAME, "--url", self.server.url, *login, *desktop

    def first_sync(self) -> None:
        """Bring both sides together."""
        heading(3, "The first synchronization")
        tell("What is clearly the same is linked, empty fields are filled in, the rest is copied; nothing is doubled.")
        self.stage.instep("sync", NAME, "--yes", "--on-conflict", "skip")
        if self.stage.rehearsal:
            return
        expected = {Kind.CONTACT: 65, Kind.EVENT: 84, Kind.TASK: 27, Kind.NOTE: 17}
        for kind, number in expected.items():
            found = sum(1 for file in (self.desktop / FOLDERS[kind]).iterdir() if not file.name.startswith("."))
            promise(found == number, f"{found} files for {kind} on the desktop, not {number}.")

    def edit(self) -> list[Subject]:
        """Edit both sides in several places; nothing here is a conflict but the last."""
        heading(4, "Edits on both sides")
        merged = [self._contact(), self._series(), self._task(), self._note()]
        tell("Petra Schäfer: both sides change the same two fields, and the telephone a third")
        person = people.people()[11]
        petra, mobile = self._card(person), person.mobile
        nickname = line_added("NICKNAME:Pezi", "END:VCARD")
        petra.edit_on_desktop(line_replaced("TITLE", "TITLE:Managing director"), replaced(mobile, "+49 171 5550101"))
        title = line_replaced("TITLE", "TITLE:Head of planning")
        petra.edit_on_server(title, replaced(mobile, "+49 172 5550202"), nickname)
        tell("Besides: Hannah Stöckl is deleted at the desk, and Nina Nováková is new on the telephone")
        delete_file(self.stage, self.desktop / "contacts" / "Hannah Stockl.vcf")
        write_to_server(self.stage, self.server, self.server.path("contacts", "nina.vcf"), _NINA.encode())
        for subject in (*merged, petra):
            subject.look()
        return [*merged, petra]

    def _contact(self) -> Subject:
        tell("Jürgen Müller: another telephone number here, another street there")
        one = self._card(people.people()[0])
        one.edit_on_desktop(line_added("TEL;TYPE=HOME:+49 40 5550303", "END:VCARD"))
        one.edit_on_server(replaced("Hafenstraße 12", "Elbchaussee 99"))
        return one

    def _series(self) -> Subject:
        series = appointments.appointments()[0]
        tell(f"{series.subject}, a weekly series: another room here, one meeting moved there")
        file = self.desktop / "calendar" / appointments.on_a_desktop(series).file
        path = self.server.path("calendar", appointments.on_a_phone(series).file)
        one = Subject(series.subject, file, path, self.server, self.stage)
        one.edit_on_desktop(replaced("LOCATION:Büro\\, 3. Stock", "LOCATION:Raum Elbe"))
        one.edit_on_server(line_added(appointments.moved_again(series), "END:VCALENDAR"))
        return one

    def _task(self) -> Subject:
        task = papers.tasks()[2]
        tell(f"{task.title}: more important here, done there")
        file = self.desktop / "tasks" / papers.task_document(task, desktop=True).file
        one = Subject(
            task.title, file, self.server.path("tasks", papers.task_document(task).file), self.server, self.stage
        )
        one.edit_on_desktop(line_replaced("PRIORITY", "PRIORITY:1"))
        done = line_replaced("STATUS", "STATUS:COMPLETED\r\nCOMPLETED:20270110T101500Z")
        one.edit_on_server(done, line_replaced("PERCENT-COMPLETE", "PERCENT-COMPLETE:100"))
        return one

    def _note(self) -> Subject:
        note = papers.notes()[0]
        tell(f"{note.title}: one line more here")
        file = self.desktop / "notes" / papers.note_on_a_desktop(note).file
        one = Subject(
            note.title, file, self.server.path("notes", papers.note_on_a_phone(note).file), self.server, self.stage
        )
        one.edit_on_desktop(replaced("- Brot\n", "- Brot\n- Käse\n"))
        return one

    def _card(self, person: people.Person) -> Subject:
        file = self.desktop / "contacts" / people.on_a_desktop(person).file
        return Subject(
            person.name, file, self.server.path("contacts", people.on_a_phone(person).file), self.server, self.stage
        )

    def merge(self, subjects: list[Subject]) -> None:
        """Synchronize: all merges by itself but one."""
        heading(5, "Edits merge by themselves, line by line")
        code = self.stage.instep("sync", NAME, "--on-conflict", "skip", expect=(1,))
        if self.stage.rehearsal:
            return
        tell(f"Exit code {code}: one conflict waits for a person. It held up nothing else:")
        for subject in subjects:
            subject.show_result()
        contact, series, task, note, petra = subjects
        contact.holds("+49 40 5550303", "Elbchaussee 99")
        series.holds("LOCATION:Raum Elbe", "verlegt")
        task.holds("PRIORITY:1", "STATUS:COMPLETED")
        note.holds("Käse")
        petra.holds("NICKNAME:Pezi")

    def decide(self, petra: Subject) -> None:
        """Show the conflict and decide it field by field."""
        heading(6, "A real conflict, side by side")
        self.stage.instep("conflicts", NAME)
        number = 1 if self.stage.rehearsal else self._number()
        tell("Anna keeps the title from the desk and the number from the telephone:")
        takes = ("--take", "job_title=desktop", "--take", "telephones=server")
        petra.look()
        self.stage.instep("resolve", str(number), *takes)
        if self.stage.rehearsal:
            return
        petra.show_result()
        petra.holds("TITLE:Managing director", "+49 172 5550202", "NICKNAME:Pezi")

    def _number(self) -> int:
        [conflict] = self.stage.asked("conflicts", NAME)
        fields = conflict["fields"]
        promise(set(fields) == {"job_title", "telephones"}, f"the conflict is about {', '.join(fields)}.")
        return int(conflict["id"])

    def prove(self) -> None:
        """Compare both sides whole, and synchronize once more with nothing to do."""
        heading(7, "Both sides are the same, and stay so")
        self.stage.instep("verify", NAME)
        self.stage.instep("sync", NAME)
        if self.stage.rehearsal:
            return
        report = self.stage.asked("sync", NAME)
        writes = sum(
            sum(pair[side].values()) for pair in report["pairs"] for side in ("desktop_actions", "server_actions")
        )
        promise(report["status"] == "in-step" and writes == 0, f"a run without edits wrote {writes} times.")
        promise(self.stage.asked("conflicts") == [], "a conflict is left.")
        promise(self.stage.asked("verify", NAME)["clean"], "verify finds a difference.")
        requests, size = report["requests"], report["bytes"]
        cost = f"{counted(requests, 'request')}, {size / 1000:.1f} kB"
        tell(f"The same once more with --json says: 0 writes, {cost}. No conflict is left.")


def _numbers(documents: tuple[account.Document, ...]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in Counter(one.kind.value for one in documents).items())
