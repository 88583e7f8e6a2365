"""Answers that wait for a run: which stored resolution still belongs to what is there now (RULES 7)."""

from __future__ import annotations

from collections.abc import Mapping

from instep.connectors.base import Fetched
from instep.core.match import Cluster
from instep.core.merge import EVERYTHING
from instep.core.model import Item, Side
from instep.core.plain import digest
from instep.engine.mailing import held_mail
from instep.engine.questions import Choice, Resolution
from instep.store.conflicts import ConflictRow


def for_link(row: ConflictRow | None, left: Item | None, right: Item | None) -> Resolution | None:
    """The person's answer to a link's question, if both versions are still those that were shown."""
    held = held_mail(row) if row is not None else None
    if row is None or (row.resolution is None and held is None):
        return None
    if row.left_digest != shown(left) or row.right_digest != shown(right):
        return None
    if held is not None:
        return held.answer  # what decided the clash still decides it; the mail is another question
    answer = Resolution.from_json(row.resolution or {})
    return None if answer.choice is Choice.SKIP else answer


def shown(item: Item | None) -> str:
    """The digest of a version that is shown; empty for a deleted one."""
    return digest(item) if item is not None else ""


def preferences(answer: Resolution | None) -> dict[str, Side]:
    """Which side wins which field group, by a person's word."""
    match answer:
        case Resolution(choice=Choice.SERVER | Choice.BOTH):
            return {EVERYTHING: Side.RIGHT}
        case Resolution(choice=Choice.DESKTOP):
            return {EVERYTHING: Side.LEFT}
        case Resolution(choice=Choice.MERGE):
            return dict(answer.takes)
        case _:
            return {}


def on_deletion(answer: Resolution | None) -> str:
    """A person's word on an edit against a deletion: which side is right."""
    if answer is None or answer.choice not in {Choice.SERVER, Choice.DESKTOP}:
        return ""
    return answer.choice.value


def anchor_of(cluster: Cluster) -> Side:
    """The side whose one item is asked about; the other side's items are the candidates."""
    return Side.LEFT if len(cluster.left) == 1 else Side.RIGHT


def for_match(
    row: ConflictRow, loose: Mapping[Side, Mapping[str, Fetched]]
) -> tuple[Resolution, Side, str, str] | None:
    """The answer to a match question with anchor side, anchor href and chosen candidate's href (empty for *new*)."""
    if row.link_id is not None or row.resolution is None or row.reason != "match":
        return None
    answer = Resolution.from_json(row.resolution)
    anchor = Side.LEFT if row.left_href is not None else Side.RIGHT
    href = row.left_href if anchor is Side.LEFT else row.right_href
    item = loose[anchor].get(href or "")
    wanted = row.left_digest if anchor is Side.LEFT else row.right_digest
    if answer.choice is Choice.SKIP or item is None or shown(item.item) != wanted:
        return None
    if answer.choice is Choice.NEW:
        return answer, anchor, item.href, ""
    if not 1 <= answer.which <= len(row.candidates):
        return None
    candidate = row.candidates[answer.which - 1]
    there = loose[anchor.other].get(candidate["href"])
    if there is None or shown(there.item) != candidate["digest"]:
        return None
    return answer, anchor, item.href, there.href
