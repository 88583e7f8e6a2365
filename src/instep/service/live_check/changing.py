"""What becomes of keys that a change leaves out: blanked or kept, for each kind."""

from __future__ import annotations

from instep.core.model import Kind
from instep.errors import InstepError
from instep.protocols.smartermail.folders import Json
from instep.protocols.smartermail.replies import named
from instep.service.live_check.answers import Answer, not_answered
from instep.service.live_check.bench import Bench
from instep.service.live_check.moments import at_noon

_WORD = "Kept"


def _parts(bench: Bench, kind: Kind) -> tuple[Json, Json, str]:
    """What is made first, what is sent then, and the key that is left out of it."""
    name = bench.name("partial")
    match kind:
        case Kind.CONTACT:
            return {"company": _WORD}, {"displayAs": name, "jobTitle": "New"}, "company"
        case Kind.EVENT:
            times = at_noon(bench.day)
            return {**times, "location": _WORD}, {"subject": name, **times}, "location"
        case Kind.TASK:
            return {"description": _WORD}, {"subject": name, "priority": 7}, "description"
        case Kind.NOTE:
            return {"text": _WORD, "isPlainText": True}, {"subject": name}, "text"


async def partial_change(bench: Bench) -> Answer:
    """Whether a change with only some keys blanks the others."""
    said: dict[Kind, str] = {}
    for kind in bench.places:
        full, part, key = _parts(bench, kind)
        try:
            id = await bench.make(kind, "partial", full)
            before = named(await bench.shown(kind, id), key)
            await bench.folder(kind).update(id, part)
            after = named(await bench.shown(kind, id), key)
        except InstepError:
            continue
        if before == _WORD:
            said[kind] = "keeps" if after == _WORD else "blanks"
    if not said:
        return not_answered("no kind took a change with only some keys")
    words = set(said.values())
    if len(words) == 1:
        return Answer(words.pop(), detail=f"Tried for {', '.join(said)}.")
    return Answer(", ".join(f"{kind} {word}" for kind, word in said.items()))
