"""The parts of the SmarterMail demonstration, in order; each says what is seen, and makes sure that it is so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from instep.cli.demo_person import delete_file, line_added, line_replaced, replaced
from instep.cli.demo_smartermail_files import FILES
from instep.cli.demo_smartermail_person import WEB, Thing, file_with
from instep.cli.demo_smartermail_server import StandIn
from instep.cli.demo_smartermail_web import WebMail
from instep.cli.demo_stage import Stage, heading, promise, tell
from instep.core.model import Kind

NAME = "mail"
FOLDERS = {Kind.CONTACT: "contacts", Kind.EVENT: "calendar", Kind.TASK: "tasks", Kind.NOTE: "notes"}
HTML_NOTE = "<p>A <b>bold</b> one</p><p>and a quiet one</p>"
CONTACTS = 40  # more contacts than people would type, so that the first synchronization has something to do


@dataclass(slots=True)
class Story:
    """One demonstration on a stage with a stand-in."""

    stage: Stage
    server: StandIn

    @property
    def desktop(self) -> Path:
        """The folder of files."""
        return self.stage.folder / "desktop"

    @property
    def web(self) -> WebMail:
        """A browser of Anna's, signed in to the web mail."""
        web = WebMail(self.server.web_mail)
        web.sign_in(self.server.email, self.server.password)
        return web

    def prepare(self) -> None:
        """Fill the desktop, and keep the two secrets outside Instep's own folder."""
        heading(1, "A stand-in for SmarterMail, and a desktop folder")
        (self.stage.folder / "passphrase").write_text("eine lange Losung\n", encoding="utf-8")
        self._password.write_text(f"{self.server.password}\n", encoding="utf-8")
        for name, data in FILES.items():
            file = self.desktop / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        tell("This is not the product but a stand-in, made from what is publicly known of it. Nothing of this was seen")
        tell("on a real SmarterMail server. It is a process of its own and speaks REST, CalDAV and CardDAV.")
        tell(f"  web mail      {self.server.web_mail}   ({self.server.email}, password: {self.server.password})")
        tell(f"  desktop       {self.desktop}, with {len(FILES)} files of other programs; one person is on both sides")

    def play(self) -> None:
        """Go through all parts after ``prepare``; raises ``PromiseBroken`` as soon as one is not as it says.

        A rehearsal ends before the edits, which a person makes then.
        """
        self.set_up()
        self.first_sync()
        if self.stage.rehearsal:
            tell("\nThen edit what you like, in the files and in the web mail, and go on with:\n")
            self.stage.instep("sync", NAME)
            return
        things = self.edit()
        self.merge(things)
        self.decide(things[-1])
        self.prove()

    def show_pages(self) -> None:
        """Live until a conflict waits, then serve the pages until a person ends it."""
        self.set_up()
        self.first_sync()
        self.merge(self.edit())
        heading(6, "The pages")
        tell("One conflict waits there. Edit on the web and at the desk as you like, synchronize, decide, undo.")
        self.stage.instep("serve", "--port", "0", expect=(0, 130))

    def set_up(self) -> None:
        """Add the account by the address of the web mail."""
        heading(2, "The address of the web mail is enough")
        login = ("--email", self.server.email, "--password-stdin")
        desktop = ("--desktop", f"files:{self.desktop}", "--insecure-http")
        add = ("account", "add", NAME, "--url", self.server.typed, *login, *desktop)
        self.stage.instep(*add, password=self._password)

    def first_sync(self) -> None:
        """Bring both sides together."""
        heading(3, "The first synchronization: contacts, appointments, tasks and notes")
        self.stage.instep("sync", NAME, "--yes", "--on-conflict", "skip")
        if self.stage.rehearsal:
            return
        expected = {Kind.CONTACT: CONTACTS + 5, Kind.EVENT: 4, Kind.TASK: 4, Kind.NOTE: 4}
        for kind, number in expected.items():
            found = sum(1 for file in (self.desktop / FOLDERS[kind]).iterdir() if not file.name.startswith("."))
            promise(found == number, f"{found} files for {kind.value} on the desktop, not {number}.")
        tell("\nCarla Weiß was on both sides without a common id. She is one contact; each side got what it lacked:")
        carla = self._thing(Kind.CONTACT, "Carla Weiß", "FN:Carla")
        carla.holds(desktop=("TITLE:Gardener", "X-BADGE:7"), web=("Gardener",))
        self._thing(Kind.TASK, "Renew the passport", "Renew").holds(web=("Priority: 10",))
        tell("  the desktop her job title and her address; SmarterMail her birthday.")
        tell("“Renew the passport”, on the desktop as important as can be (1), has priority 10 of 10 on SmarterMail.")

    def edit(self) -> list[Thing]:
        """Edit both sides in several places; nothing here is a conflict but the last."""
        heading(4, "Edits at the desk and on the web")
        things = [self._carla(), self._choir(), self._tax(), self._ideas(), self._emil()]
        tell("Besides: the note Wi-Fi is deleted at the desk, and Hotel Seeblick on the web")
        delete_file(self.stage, self.desktop / "notes" / "Wi-Fi.md")
        self.web.delete(self.web.items("contacts")["Hotel Seeblick"])
        tell(f"  {WEB}: Hotel Seeblick deleted")
        for thing in things:
            thing.look()
        return things

    def _carla(self) -> Thing:
        tell("Carla Weiß: another telephone number here, another job there")
        carla = self._thing(Kind.CONTACT, "Carla Weiß", "FN:Carla")
        carla.edit_on_desktop(line_added("TEL;TYPE=HOME:+49 30 5550303", "END:VCARD"))
        carla.edit_on_web(jobTitle="Head gardener")
        return carla

    def _choir(self) -> Thing:
        tell("Choir practice, every Tuesday: a category here, another place there")
        choir = self._thing(Kind.EVENT, "Choir practice", "SUMMARY:Choir")
        choir.edit_on_desktop(line_replaced("CATEGORIES", "CATEGORIES:Music,Evening"))
        choir.edit_on_web(location="Town hall")
        return choir

    def _tax(self) -> Thing:
        tell("Tax return, priority 9 of 10, with a formatted text: done here, another due day there")
        tax = self._thing(Kind.TASK, "Tax return", "SUMMARY:Tax")
        done = line_replaced("PERCENT-COMPLETE", "PERCENT-COMPLETE:100")
        tax.edit_on_desktop(line_replaced("STATUS", "STATUS:COMPLETED\r\nCOMPLETED:20261127T101500Z"), done)
        tax.edit_on_web(due="2026-12-20T18:00:00")
        return tax

    def _ideas(self) -> Thing:
        tell("Ideas, a formatted note: another title here, a colour and a category there")
        ideas = self._thing(Kind.NOTE, "Ideas", "# Ideas")
        ideas.edit_on_desktop(replaced("# Ideas", "# Good ideas"))
        ideas.edit_on_web(color="green", categoriesString="Home")
        return ideas

    def _emil(self) -> Thing:
        tell("Dr. Emil Sørensen: both sides change the same telephone number")
        emil = self._thing(Kind.CONTACT, "Dr. Emil Sørensen", "FN:Dr. Emil")
        emil.edit_on_desktop(replaced("+45 33 12 34 56", "+45 33 55 01 01"))
        emil.edit_on_web(phoneNumberList="Home: +45 33 55 02 02", company="City clinic")
        return emil

    def merge(self, things: list[Thing]) -> None:
        """Synchronize: all merges by itself but one."""
        heading(5, "Edits merge by themselves, and deletions are proved")
        code = self.stage.instep("sync", NAME, "--on-conflict", "skip", expect=(1,))
        tell(f"Exit code {code}: one conflict waits for a person. It held up nothing else:")
        carla, choir, tax, ideas, emil = things
        ideas.title = "Good ideas"
        for thing in things:
            thing.show_result()
        carla.holds(desktop=("TITLE:Head gardener", "X-BADGE:7"), web=("+49 30 5550303", "Head gardener"))
        choir.holds(desktop=("LOCATION:Town hall", "RRULE"), web=("Town hall", "Evening"))
        tax.holds(desktop=("DUE", "PRIORITY:2"), web=("Priority: 9", "Status: 2", "<b>all</b>", "2026-12-20"))
        ideas.holds(web=(HTML_NOTE, "green", "Home"))
        emil.holds(desktop=("City clinic",))
        tell("The formatting of the task and of the note is as it was, though the desktop holds plain text.")
        self._prove_deletions()

    def _prove_deletions(self) -> None:
        gone = self.web.items("notes").keys() - {"Good ideas", "Shopping", "Recipes"}
        promise(not gone, f"the web mail still has {', '.join(gone)}.")
        cards = (self.desktop / "contacts").glob("*.vcf")
        promise(not any("Seeblick" in card.read_text("utf-8") for card in cards), "Hotel Seeblick is still there.")
        tell(
            "Wi-Fi is gone from SmarterMail, and Hotel Seeblick from the desktop. Before that, the side where a person"
        )
        tell("had deleted it was asked whether it is really gone. Both can be brought back:")
        self.stage.instep("history", NAME, "--item", "Hotel Seeblick")

    def decide(self, emil: Thing) -> None:
        """Show the conflict and decide it."""
        heading(6, "A real conflict, side by side")
        self.stage.instep("conflicts", NAME)
        [conflict] = self.stage.asked("conflicts", NAME)
        promise(set(conflict["fields"]) == {"telephones"}, f"the conflict is about {', '.join(conflict['fields'])}.")
        tell("Same is black, only on one side green, different red. Anna keeps SmarterMail's number:")
        emil.look()
        self.stage.instep("resolve", str(conflict["id"]), "--keep", "server")
        emil.show_result()
        emil.holds(desktop=("+45 33 55 02 02",), web=("+45 33 55 02 02",))

    def prove(self) -> None:
        """Compare both sides whole, and synchronize once more with nothing to do."""
        heading(7, "Both sides are the same, and stay so")
        self.stage.instep("verify", NAME)
        prove_empty(self.stage, NAME)
        promise(self.stage.asked("conflicts") == [], "a conflict is left.")

    def _thing(self, kind: Kind, title: str, text: str) -> Thing:
        file = file_with(self.desktop / FOLDERS[kind], text)
        return Thing(title, kind.value, file, self.web, self.stage)

    @property
    def _password(self) -> Path:
        return self.stage.folder / "password"


def prove_empty(stage: Stage, name: str) -> None:
    """Synchronize with no edits between, and make sure that nothing was written."""
    stage.instep("sync", name)
    report = stage.asked("sync", name)
    sides = ("desktop_actions", "server_actions")
    writes = sum(sum(pair[side].values()) for pair in report["pairs"] for side in sides)
    promise(report["status"] == "in-step" and writes == 0, f"a run without edits wrote {writes} times.")
    tell(f"The same once more with --json says: 0 writes, {report['requests']} requests.")
