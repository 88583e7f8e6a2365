"""Which of several possible forms of a call this server takes: known, or found out without doing harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from instep.errors import NotSmarterMail, Transient
from instep.protocols.origins import shown
from instep.protocols.smartermail.replies import Reply

_DOUBT = "-doubtful"

Attempt = Callable[[str], Awaitable[Reply]]
"""Makes the call in one form."""

Learned = Callable[[str, str], None]
"""Told the question and the answer, both plain words, when a form worked that was not known before."""


def _forget(question: str, answer: str) -> None:
    pass


def is_doubt(question: str) -> bool:
    """Tell whether a question of the profile is about forms at which the server failed."""
    return question.endswith(_DOUBT)


class Forms:
    """The call forms of one server, shared by its folders.

    Another form is tried only after the server clearly refused the one before, never after a 5xx or a broken
    connection: then the call may have been done. A known form stands alone.
    """

    def __init__(self, known: Mapping[str, str] = MappingProxyType({}), learned: Learned = _forget) -> None:
        self._known = dict(known)
        self._learned = learned

    def known(self, question: str) -> str:
        """Give the form that is known to work; empty where none is."""
        return self._known.get(question, "")

    def to_try(self, question: str, answers: tuple[str, ...]) -> tuple[str, ...]:
        """Give the forms to try, in their order: the known one alone, else all, doubtful ones last."""
        known = self._known.get(question)
        if known in answers:
            return (known,)
        doubted = self._doubted(question)
        return (*(form for form in answers if form not in doubted), *(form for form in answers if form in doubted))

    def worked(self, question: str, answer: str) -> None:
        """Remember that a form worked."""
        self._learn(question, answer)

    def doubt(self, question: str, answer: str) -> None:
        """Remember that the server itself failed at a form: the next call, after a look at what is there, begins with
        another one."""
        if self._known.get(question) != answer:
            self._learn(question + _DOUBT, " ".join(dict.fromkeys((*self._doubted(question), answer))))

    def _doubted(self, question: str) -> tuple[str, ...]:
        return tuple(self._known.get(question + _DOUBT, "").split())

    def _learn(self, question: str, answer: str) -> None:
        if self._known.get(question) != answer:
            self._known[question] = answer
            self._learned(question, answer)

    async def found(self, question: str, answers: tuple[str, ...], own: bool, call: Attempt) -> Reply:
        """Make a call in the form that the server takes; its answer, or the most telling refusal.

        ``own``: the folder is the mailbox's own, so that "forbidden" concerns the form. Raises ``Transient`` when the
        server fails at a form (500): then it may have been done; ``NotSmarterMail`` when a page answers each form.
        """
        first: Reply | None = None
        page: NotSmarterMail | None = None
        for form in self.to_try(question, answers):
            try:
                reply = await call(form)
            except NotSmarterMail as error:  # the web mail's own page stands where there is no such call
                page = page or error
                continue
            if reply.done:
                self.worked(question, form)
                return reply
            if reply.status >= 500:
                self.doubt(question, form)
                raise Transient(f"{shown(reply.url)} answered with the error {reply.status}.", "Try again later.")
            if first is None or (first.forbidden and not reply.forbidden):
                first = reply  # a form of another meaning may be "forbidden" where the right one tells the fault
            if not may_be_the_form(reply, own):
                break
        if first is None:
            assert page is not None
            raise page
        return first


def may_be_the_form(reply: Reply, own: bool) -> bool:
    """Tell whether a refusal may concern the form of the call, and certainly left nothing done."""
    a_missing_item = reply.missing and bool(reply.code) and not reply.folder_missing
    return not reply.done and reply.status < 500 and not a_missing_item and (own or not reply.forbidden)
