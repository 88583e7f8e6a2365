"""Questions: what stays undecided, as rows of the store; rows as questions for a face."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

from instep.connectors.base import Fetched
from instep.core.match import Cluster
from instep.core.merge import Merged
from instep.core.model import Item, Side, name_of
from instep.core.plain import to_plain
from instep.engine.answers import anchor_of, shown
from instep.engine.work import Case, PairWork, Step
from instep.store.blobs import Native
from instep.store.conflicts import ConflictRow


def _native(fetched: Fetched | None) -> Native | None:
    return (fetched.document.data, fetched.document.media_type) if fetched is not None else None


def link_row(work: PairWork, step: Step, merged: Merged, reason: str) -> ConflictRow:
    """The question about clashing fields of one link (or of one match that differs)."""
    left, right = step.now[Side.LEFT], step.now[Side.RIGHT]
    return ConflictRow(
        0,
        work.pair.id,
        step.link.id if step.link is not None else None,
        reason,
        step.name,
        work.run.clock(),
        left.href,
        right.href,
        fields=sorted({c.group for c in merged.clashes}),
        left_document=_native(left),
        right_document=_native(right),
    )


def with_versions(row: ConflictRow, left: Item | None, right: Item | None, link_id: int | None) -> ConflictRow:
    """The question about the versions as they stand after the run's writes."""
    return replace(
        row,
        link_id=link_id,
        left_item=left,
        right_item=right,
        left_digest=shown(left),
        right_digest=shown(right),
    )


def deletion_row(work: PairWork, case: Case) -> ConflictRow:
    """The question about an edit against a deletion."""
    left, right = (case.now.get(s) for s in Side)
    here = left if isinstance(left, Fetched) else right
    assert isinstance(here, Fetched)
    return ConflictRow(
        0,
        work.pair.id,
        case.link.id,
        "edit-delete",
        name_of(here.item),
        work.run.clock(),
        case.link.left_href,
        case.link.right_href,
        left_document=_native(left if isinstance(left, Fetched) else None),
        right_document=_native(right if isinstance(right, Fetched) else None),
    )


def cluster_row(work: PairWork, cluster: Cluster) -> ConflictRow:
    """The question which of several items is the same."""
    anchor = anchor_of(cluster)
    href = (cluster.left if anchor is Side.LEFT else cluster.right)[0]
    others = cluster.right if anchor is Side.LEFT else cluster.left
    item = work.loose[anchor].get(href) or work.shared[anchor].get(href)
    assert item is not None
    candidates = []
    for other in others:
        there = work.loose[anchor.other].get(other) or work.shared[anchor.other].get(other)
        if there is not None:
            work.shared[anchor.other][other] = there
            candidates.append(
                {
                    "side": anchor.other.value,
                    "href": other,
                    "digest": shown(there.item),
                    "name": name_of(there.item),
                    "item": plain_candidate(there.item),
                }
            )
    row = ConflictRow(0, work.pair.id, None, "match", name_of(item.item), work.run.clock(), candidates=candidates)
    return _anchored(row, anchor, item)


def _anchored(row: ConflictRow, anchor: Side, item: Fetched) -> ConflictRow:
    if anchor is Side.LEFT:
        return replace(
            row,
            left_href=item.href,
            left_item=item.item,
            left_digest=shown(item.item),
            left_document=_native(item),
        )
    return replace(
        row, right_href=item.href, right_item=item.item, right_digest=shown(item.item), right_document=_native(item)
    )


def plain_candidate(item: Item) -> dict[str, Any]:
    """An item that may be the match as JSON values, without its stamp: a new stamp alone makes no new question."""

    def put(data: bytes) -> str:
        return b64encode(data).decode("ascii")

    return to_plain(replace(item, modified=None), put)
