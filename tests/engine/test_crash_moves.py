"""Death in the middle of a move between two pairs: nothing doubled, nothing lost (RULES 15, 18)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.test_crash import EVERY, Killed, mortal
from engine.test_rules_places import Folders
from engine.test_run import person
from instep.connectors.memory import Traits
from instep.core.model import Side

L, R = Side.LEFT, Side.RIGHT


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
@pytest.mark.parametrize("traits", [Traits(), Traits(tokens=False, own_hrefs=False)], ids=["exact", "forgetful"])
def test_killed_at_any_request_of_a_move_the_next_run_finishes(
    tmp_path: Path, after: bool, traits: Traits, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1, 60, EVERY):
        stage = Folders(tmp_path / str(at), right_traits=traits)
        stage.put(L, person("Anna Berg"), "a")
        stage.put(L, person("Bert Clay"), "b")
        stage.whole()
        item = stage.left.items("here")["a"]
        stage.left.remove("here", "a")
        stage.left.put("attic", replace(item, note="n"))  # type: ignore[call-arg]
        died = False
        with monkeypatch.context() as patch:
            mortal(stage, at, after=after, monkeypatch=patch)
            try:
                stage.whole()
            except Killed:
                died = True
        report = stage.whole()
        assert not any(p.conflicts for p in report.pairs), at
        for side in Side:
            assert (stage.listing(side, False), stage.listing(side, True)) == (["Bert Clay"], ["Anna Berg"]), at
        stage.rest()
        stage.db.close()
        if not died:
            return
    raise AssertionError("the move never came to its end")
