"""An item that a store will not take: said in every run, not sent in every run, and nothing else waits for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.stage import Stage
from engine.test_run import person
from instep.connectors.memory import Traits
from instep.core.model import Contact, Item, Side

L, R = Side.LEFT, Side.RIGHT


def no_bert(item: Item) -> str | None:
    return "No Berts here." if isinstance(item, Contact) and item.given == "Bert" else None


def test_a_refused_item_is_said_each_run_and_tried_again_when_it_changes(tmp_path: Path) -> None:
    tried: list[str] = []

    def refuse(item: Item) -> str | None:
        tried.append(item.uid)
        return no_bert(item)

    stage = Stage(tmp_path, right_traits=Traits(refuse=refuse))
    stage.put(L, person("Anna Berg"))
    stage.put(L, person("Bert Clay"))
    for _ in range(3):
        report = stage.pair_run()
        assert [(p.side, p.item) for p in report.problems] == [(R, "Bert Clay")]
        assert "No Berts here." in report.problems[0].message
    assert stage.names(R) == ["Anna Berg"]
    assert tried.count("uid-Bert Clay") == 1
    stage.edit(L, "Bert Clay", lambda i: replace(i, given="Albert", formatted_name="Albert Clay"))
    assert not stage.pair_run().problems
    assert stage.names(R) == ["Albert Clay", "Anna Berg"]
    assert stage.idle()
