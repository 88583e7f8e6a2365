"""Questions about folders and lists over REST: how owners are written, and how much a list gives at once."""

from __future__ import annotations

from instep.core.model import Kind
from instep.protocols.smartermail.folders import Json
from instep.protocols.smartermail.replies import named, rows
from instep.service.live_check.answers import Answer, Sure, not_answered, not_tried
from instep.service.live_check.bench import Bench
from instep.service.live_check.moments import at_noon

_FEW, _MANY = 4, 120


async def owners(bench: Bench) -> Answer:
    """Whether the owner of a folder of the mailbox is its address, the part before the @, or something else."""
    address = bench.desk.rest.user.casefold()
    said: dict[Kind, str] = {}
    for kind, known in bench.sources.items():
        own = next((source for source in known if source.primary), None)
        if own is not None:
            said[kind] = _word_for(own.owner.casefold(), address)
    if not said:
        return not_answered("no kind has a default folder of the mailbox's own")
    words = list(dict.fromkeys(said.values()))
    if len(words) == 1:
        return Answer(words[0])
    return Answer("; ".join(f"{kind}: {word}" for kind, word in said.items()))


def _word_for(owner: str, address: str) -> str:
    if owner == address:
        return "full address"
    return "local part" if owner == address.partition("@")[0] else "something else" if owner else "nothing"


async def paging(bench: Bench) -> Answer:
    """What ``take`` 0 means, whether totals are told, and how many entries come at once at most."""
    said, most = [], []
    for kind in (Kind.CONTACT, Kind.EVENT):
        if kind in bench.own:  # how many stand in a person's own folder is nobody's business
            what, limit = await _list_of(bench, kind)
            said.append(f"{kind}: {what}")
            most += [limit] if limit else []
    if not said:
        return not_tried("there is neither an address book nor a calendar of its own to try it in")
    words = list(dict.fromkeys(one.partition(": ")[2] for one in said))
    value = words[0] if len(words) == 1 else "; ".join(said)
    return Answer(value, Sure.SEEN, " ".join(most))


async def _list_of(bench: Bench, kind: Kind) -> tuple[str, str]:
    count = _MANY if bench.choices.many and kind is Kind.CONTACT else _FEW
    more = at_noon(bench.day) if kind is Kind.EVENT else {}
    for number in range(count):
        await bench.make(kind, f"page {number}", dict(more))
    whole = len(await bench.folder(kind).listing())
    zero, total = await _taken(bench, kind, 0, 0)
    part, _ = await _taken(bench, kind, 1, 2)
    words = ["take 0 gives all" if zero == whole else "take 0 gives nothing" if not zero else "take 0 gives a part"]
    words.append("no total" if total is None else "the total is right" if total == whole else "the total is wrong")
    words.append("skip and take work" if part == 2 else "skip and take do not work")
    return ", ".join(words), await _most(bench, kind, whole)


async def _most(bench: Bench, kind: Kind, whole: int) -> str:
    most, _ = await _taken(bench, kind, 0, 1000)
    if most < whole:
        return f"At most {most} {kind} come at once."
    return f"All {whole} {kind} of the check come at once."


async def _taken(bench: Bench, kind: Kind, skip: int, take: int) -> tuple[int, int | None]:
    """How many entries an answer holds, and the total that it tells."""
    place = bench.places[kind]
    source: Json = {"owner": place.owner, "id": place.id}
    wanted: Json = {"skip": skip, "take": take, "sortDescending": False}
    if kind is Kind.CONTACT:
        source["sourceName"] = place.name
        wanted |= {"categories": None, "showNonCategorized": True, "search": "", "getImages": False}
        call = "contacts/contacts-all"
    else:
        wanted |= {"search": None, "sortField": None}
        call = "calendars/events-all2"
    body = {"sources": [source], "searchParams": wanted}
    answer = await bench.desk.rest.call("POST", call, body=body, reads=True)
    found = rows(answer, "results", "contactList", "contacts", "calendarEvents", "events")
    total = named(answer, "totalCount")
    return len(found or []), total if isinstance(total, int) else None
