"""Which topic of the help an error belongs to: a page and the heading on it, for every error and every step of a test.

An error that is kept has the name of its class beside its sentence: ``failure_kind`` of a run's lasting report
(``runs.RunRow.report``), ``error`` of each of its problems, and ``error`` of a test's step or a doctor's check.
"""

from __future__ import annotations

from dataclasses import dataclass

from instep.accounts.trial import Step
from instep.core.model import Kind

_TROUBLE = "how-to/troubleshooting"


@dataclass(frozen=True, slots=True)
class Topic:
    """A heading of the help: its page (a path below ``/help/``) and its anchor there."""

    page: str
    anchor: str

    @property
    def address(self) -> str:
        """Where it is."""
        return f"/help/{self.page}#{self.anchor}"


def _trouble(anchor: str) -> Topic:
    return Topic(_TROUBLE, anchor)


_NO_FOLDER = _trouble("there-is-no-folder-for-a-kind")
_VANISHED = _trouble("a-folder-has-vanished")
_INTERRUPTED = _trouble("it-was-stopped-interrupted-or-the-power-failed")
DEFECT = _trouble("a-defect-of-instep")
ERRORS: dict[str, Topic] = {
    "InstepError": _trouble("let-the-doctor-look"),
    "ConfigError": _trouble("a-setting-or-a-command-cannot-be-used"),
    "SecretUnavailable": _trouble("the-password-cannot-be-had"),
    "CodecError": _trouble("an-item-cannot-be-read"),
    "NotCarried": _trouble("an-item-stays-on-one-side"),
    "AccountError": _trouble("the-account-cannot-go-on"),
    "Unreachable": _trouble("the-server-cannot-be-reached"),
    "LoginRefused": _trouble("the-login-is-refused"),
    "SignInNeeded": _trouble("a-person-has-to-sign-in-again"),
    "LoginsPaused": _trouble("the-mail-server-refused-too-many-logins"),
    "NotSmarterMail": _trouble("something-answers-but-not-as-smartermail"),
    "NotADavServer": _trouble("something-answers-but-it-is-no-caldav-or-carddav-server"),
    "InsecureRefused": _trouble("plain-http-is-refused"),
    "Stopped": _INTERRUPTED,
    "Busy": _trouble("another-process-is-at-work"),
    "StateDamaged": _trouble("the-state-database-is-damaged-or-newer"),
    "CollectionError": _trouble("folders"),
    "CollectionVanished": _VANISHED,
    "ReadOnly": _trouble("a-folder-takes-no-writes"),
    "ItemError": _trouble("one-item-is-a-problem-the-rest-is-fine"),
    "PreconditionFailed": _trouble("an-item-was-changed-in-the-meantime"),
    "ItemRefused": _trouble("a-side-refuses-an-item"),
    "ItemUnreadable": _trouble("an-item-cannot-be-read"),
    "Transient": _trouble("the-server-asks-me-to-wait"),
    "StoreFull": _trouble("the-disk-or-the-quota-is-full"),
    # What ends a run from outside is no error of ours.
    "CancelledError": _INTERRUPTED,
    "KeyboardInterrupt": _INTERRUPTED,
    "SystemExit": _INTERRUPTED,
}
"""Errors by the name of their class; complete over the tree of ``instep.errors``."""
STEPS: dict[str, Topic] = {
    "desktop": _VANISHED,
    "password": ERRORS["SecretUnavailable"],
    "address": ERRORS["Unreachable"],
    "encrypted connection": _trouble("the-connection-is-not-secure"),
    "login": ERRORS["LoginRefused"],
    "product": ERRORS["NotADavServer"],
    "server": ERRORS["AccountError"],
    "invitations": Topic("explanation/meetings", "what-waits"),
    **{f"desktop: {kind}": _NO_FOLDER for kind in Kind},
    **{f"server: {kind}": _NO_FOLDER for kind in Kind},
}
"""Steps of a test by their names."""


def topic_of(error: BaseException | type[BaseException] | str) -> Topic:
    """Give the topic of an error, of a class of errors, or of the class with this name; what is unknown is a defect."""
    if isinstance(error, str):
        return ERRORS.get(error, DEFECT)
    kind = error if isinstance(error, type) else type(error)
    return next((ERRORS[base.__name__] for base in kind.__mro__ if base.__name__ in ERRORS), DEFECT)


def topic_of_step(step: Step) -> Topic:
    """Give the topic of a step that did not end well: what the step is about, or its error where that says more."""
    if step.name in STEPS and step.error in ("", "Unreachable", "LoginRefused", "NotADavServer", "ConfigError"):
        # An untrusted certificate is an address that cannot be reached; which step it was tells the two apart.
        return STEPS[step.name]
    return topic_of(step.error) if step.error else ERRORS["InstepError"]


def address_of(error: str) -> str:
    """Give the address of the topic of an error's class, as templates need it; empty for no error."""
    return topic_of(error).address if error else ""
