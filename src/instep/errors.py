"""The one error tree of Instep, below everything else.

InstepError
├── ConfigError            the person's settings or command line cannot be used
│   └── SecretUnavailable  no key store or passphrase from which the secret could be had
├── CodecError             a document cannot be read or written (file, line, reason)
│   └── NotCarried         nothing is broken, but the way that the account takes cannot carry such an item
├── AccountError           the whole account cannot go on now
│   ├── Unreachable        no connection, name not found, TLS refused, timeout
│   ├── LoginRefused       the server refused name or password: final for the run
│   │   └── SignInNeeded   a person has to sign in again (two-step code, new password, ended session)
│   ├── LoginsPaused       this mail server refused too many logins lately: nothing is sent there for a while
│   ├── NotADavServer      something answers there, but it speaks neither CalDAV nor CardDAV
│   ├── NotSmarterMail     something answers there, but not as SmarterMail does
│   ├── InsecureRefused    plain http without the person's explicit yes
│   ├── Stopped            a person stopped the run between two items
│   ├── Busy               another process holds the account's lease
│   └── StateDamaged       the state database cannot be read or is of a newer version
├── CollectionError        one collection cannot go on now
│   ├── CollectionVanished it is not there (any more): never the same as empty
│   └── ReadOnly           it takes no writes
├── ItemError              one item cannot be handled; the others go on
│   ├── PreconditionFailed the item is not the version we based the write on (412), or exists already
│   ├── ItemRefused        the store will not take this item as it is (400, 403, 409, 413, 415, 422 …)
│   └── ItemUnreadable     the store holds it, but it cannot be read
├── Transient              may pass by itself: 5xx, 429, broken connection (retry_after in seconds, if told)
└── StoreFull              the local disk or the server's quota is full
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(slots=True)
class Where:
    """What an error is about; empty strings where not known. ``item`` is a name a person knows, or a file name."""

    account: str = ""
    collection: str = ""
    item: str = ""


@dataclass
class InstepError(Exception):
    """Something went wrong: ``message`` says what happened, ``advice`` what to do, ``where`` to what.

    Never holds a secret. ``str()`` gives one or two sentences for people.
    """

    message: str
    advice: str = ""
    where: Where = field(default_factory=Where)

    def __str__(self) -> str:
        place = " · ".join(p for p in (self.where.account, self.where.collection, self.where.item) if p)
        text = f"{place}: {self._said()}" if place else self._said()
        if not text.endswith((".", "!", "?", "”", ":")):
            text += "."
        return f"{text} {self.advice}" if self.advice else text

    def _said(self) -> str:
        return self.message


class ConfigError(InstepError):
    """The settings or the command line cannot be used as they are."""


class SecretUnavailable(ConfigError):
    """The secret is stored where this process cannot get it now."""


@dataclass
class CodecError(InstepError):
    """A document cannot be read or written; ``line`` counts from 1, 0 when the whole document is meant."""

    line: int = 0

    def _said(self) -> str:
        return f"{self.message} (line {self.line})" if self.line else self.message


class NotCarried(CodecError):
    """A sound item of a sort that the protocol in use cannot carry: it stays where it is, and that is no damage."""


class AccountError(InstepError):
    """The whole account cannot go on in this run."""


class Unreachable(AccountError):
    """No answer from the server: name, connection, TLS or time-out."""


class LoginRefused(AccountError):
    """The server refused the name or the password; it is not tried again in this run."""


class SignInNeeded(LoginRefused):
    """The password alone does not help: a person signs in again, or does something in the web mail first."""


class LoginsPaused(AccountError):
    """This mail server refused so many logins lately that another one could make it block this computer."""


class NotSmarterMail(AccountError):
    """Something answers, but not as SmarterMail does."""


class NotADavServer(AccountError):
    """Something answers, but neither CalDAV nor CardDAV."""


class InsecureRefused(AccountError):
    """The address is plain http and nobody allowed that for this account."""


class Stopped(AccountError):
    """A person stopped the run between two items: what was written is recorded, and the next run goes on from there."""


class Busy(AccountError):
    """Another process synchronizes this account right now."""


class StateDamaged(AccountError):
    """The state database cannot be opened, is damaged, or was written by a newer version."""


class CollectionError(InstepError):
    """One collection cannot go on in this run; the account's others can."""


class CollectionVanished(CollectionError):
    """The collection is not there; this is never read as an empty collection."""


class ReadOnly(CollectionError):
    """The collection takes no writes from us."""


class ItemError(InstepError):
    """One item cannot be handled; the others go on."""


class PreconditionFailed(ItemError):
    """The item is not (or no longer) the version that the write was based on, or the new address is taken."""


class ItemRefused(ItemError):
    """The store will not take the item as it is."""


class ItemUnreadable(ItemError):
    """The store holds the item, but its content cannot be read."""


@dataclass
class Transient(InstepError):
    """May pass by itself; ``retry_after`` is in seconds if the store named a time."""

    retry_after: float | None = None


class StoreFull(InstepError):
    """The disk or the quota is full: nothing more can be written there."""


class Remedy(StrEnum):
    """What a run does about an error."""

    RETRY = "retry"
    REFETCH = "refetch"
    SKIP_ITEM = "skip item"
    STOP_COLLECTION = "stop collection"
    STOP_ACCOUNT = "stop account"
    ASK = "ask"


def classify(error: BaseException) -> Remedy:
    """Say what a run does about ``error``; pure, total, and the most specific class decides.

    Anything that is not an ``InstepError`` is a defect of ours and stops the account, so that nothing is guessed.
    """
    match error:
        case Transient():
            return Remedy.RETRY
        case PreconditionFailed():
            return Remedy.REFETCH
        case ItemError() | CodecError():
            return Remedy.SKIP_ITEM
        case CollectionError() | StoreFull():
            return Remedy.STOP_COLLECTION
        case SecretUnavailable():
            return Remedy.ASK
        case _:
            return Remedy.STOP_ACCOUNT


def is_servers(error: InstepError) -> bool:
    """True for what lies with the server, the way to it, or the login there."""
    return isinstance(error, Unreachable | LoginRefused | LoginsPaused | NotADavServer | NotSmarterMail | Transient)
