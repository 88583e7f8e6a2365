"""One live check from its first folder to the last one removed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from instep.codecs.smartermail_dialect import Dialect
from instep.core.model import Kind
from instep.errors import AccountError, InstepError, LoginRefused
from instep.protocols.smartermail.finding import look
from instep.service.live_check import leftovers
from instep.service.live_check.answers import Answer, Left, not_answered, not_tried
from instep.service.live_check.bench import Bench
from instep.service.live_check.dav import open_dav
from instep.service.live_check.desk import Choices, Desk
from instep.service.live_check.questions import QUESTIONS, Question

LOG = logging.getLogger("instep")
Tell = Callable[[Question, Answer], None]

_NO_PLACE = "no folder for it could be made, and the default one was not allowed for it"


@dataclass
class Result:
    """How a check went; filled while it runs, so that it tells also of one that was broken off.

    ``build`` is 0 where it is not known or another answered at the end. ``left`` is what could not be removed, or may
    be there still; ``broke_off`` tells that the server could not be asked to the end, ``began`` that it made something.
    """

    build: int = 0
    version: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    dialect: Dialect = field(default_factory=Dialect)
    said: frozenset[str] = frozenset()
    left: list[Left] = field(default_factory=list)
    broke_off: bool = False
    began: bool = False


async def live_check(
    desk: Desk,
    tag: str,
    choices: Choices,
    result: Result,
    tell: Tell = lambda question, answer: None,
    questions: Sequence[Question] = QUESTIONS,
) -> None:
    """Ask all questions in folders of its own named ``tag``, and remove all that was made, however it ends.

    ``result`` takes what was found out, ``tell`` each answer at once. Raises ``AccountError`` and ``Transient`` when it
    cannot even begin; what fails later is an answer. When it is cancelled, it clears away first.
    """
    product = await look(desk.rest.http, desk.rest.base)
    await desk.rest.signed_in()
    bench = Bench(desk, choices, tag)
    result.began = True
    result.left = _all_of(tag, "the check was broken off")
    try:
        await bench.furnish()
        await _find_dav(bench)
        await _ask_all(bench, questions, result, tell)
        after = await _build_now(desk)
        if product is not None and after == product.build:
            result.build, result.version = product.build, product.version
    finally:
        result.forms = {name: said for name, said in bench.learned.items() if not name.endswith("-doubtful")}
        result.dialect, result.said = bench.dialect, frozenset(bench.said)
        result.left = await _clear_away(bench)
        if bench.dav is not None:
            await bench.dav.client.close()


async def _build_now(desk: Desk) -> int:
    try:
        product = await look(desk.rest.http, desk.rest.base)
    except InstepError:
        return 0
    return product.build if product is not None else 0


async def _find_dav(bench: Bench) -> None:
    if not bench.desk.dav_password:
        bench.dav_why = "no password for CalDAV and CardDAV is kept (with two-step login: an application password)"
        return
    try:
        bench.dav = await open_dav(bench.desk)
    except LoginRefused:
        bench.dav_why = "CalDAV and CardDAV do not take the account's password"
    except InstepError:
        bench.dav_why = "neither CalDAV nor CardDAV was found"


async def _ask_all(bench: Bench, questions: Iterable[Question], result: Result, tell: Tell) -> None:
    gone = ""
    for question in questions:
        if gone:
            answer = not_answered(gone)
        elif question.kinds - bench.places.keys():
            answer = not_tried(_NO_PLACE)
        else:
            try:
                answer = await question.ask(bench)
            except AccountError as error:
                # Asking on would only wait for the same again, or show a refused sign-in once more.
                gone = leftovers.word_for(error)
                answer, result.broke_off = not_answered(gone), True
            except InstepError as error:
                answer = not_answered(leftovers.word_for(error))
            except Exception as error:
                # An answer that nobody has seen before must cost one question, not the clearing away.
                LOG.debug("live check, %s: %s", question.name, type(error).__name__)
                answer = not_answered(leftovers.word_for(error))
        result.answers[question.name] = answer
        tell(question, answer)


async def _clear_away(bench: Bench) -> list[Left]:
    """Remove all that has our name; what cannot even be looked for is named as far as it is known."""
    inside = set(bench.places.keys() - bench.own)
    if Kind.CONTACT in bench.tried and bench.learned.get("contact-new") != "folder":
        # The form by address names no folder, so a contact may have come into the default one.
        inside.add(Kind.CONTACT)
    try:
        found = await leftovers.find(bench.desk.rest, bench.tag, inside)
    except Exception as error:
        return _all_of(bench.tag, leftovers.word_for(error))
    # What we saw made is removed also where the list of folders does not show it now.
    seen = {one.source.id for one in found}
    made = [bench.places[kind] for kind in Kind if kind in bench.own]
    found += [leftovers.Leftover(source, bench.tag) for source in made if source.id not in seen]
    return await leftovers.remove(bench.desk.rest, found, guests=bool(bench.choices.guest))


def _all_of(tag: str, why: str) -> list[Left]:
    return [Left(kind, tag, folder=True, why=why) for kind in Kind]
