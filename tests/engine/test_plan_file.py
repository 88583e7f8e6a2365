"""A plan's file: what is no sound plan of this state and account is refused in a sentence (RULES 20)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.test_apply import changed, planned
from instep.engine.planfile import plan_of, read_plan, require_here
from instep.errors import ConfigError


def edits(plain: dict[str, Any]) -> dict[str, bytes]:
    newer = {**plain, "instep_plan": 2}
    return {
        "nothing": b"",
        "no JSON": b"# Notes\n",
        "bytes that are no text": b"\xff\xfe\x00",
        "another JSON": b'{"accounts": []}',
        "a list": b"[1, 2]",
        "nested without an end": b"[" * 100_000,
        "cut": json.dumps(plain).encode()[:-20],
        "edited": json.dumps({**plain, "account": "other"}).encode(),
        "an item taken out": json.dumps({**plain, "pairs": []}).encode(),
        "without a seal": json.dumps({k: v for k, v in plain.items() if k != "seal"}).encode(),
        "a newer version": json.dumps(newer).encode(),
        "a version that is none": json.dumps({**plain, "instep_plan": "1"}).encode(),
    }


@pytest.mark.parametrize("what", edits({"pairs": [], "instep_plan": 1}))
def test_a_file_that_is_no_sound_plan_is_refused_in_a_sentence(tmp_path: Path, what: str) -> None:
    stage = changed(tmp_path)
    data = edits(plan_of(stage.db, stage.run(dry_run=True), None).to_json())[what]
    with pytest.raises(ConfigError) as told:
        read_plan(data, "plan.json")
    assert "plan.json" in str(told.value) and "plan" in told.value.message


def test_a_sealed_plan_that_lacks_something_is_refused(tmp_path: Path) -> None:
    from instep.engine.planfile import _seal

    plain: dict[str, Any] = {"instep_plan": 1, "account": "me", "run": 1, "made": "", "on_conflict": None}
    for pairs in ([{}], [{"id": "x"}], None, [1], {"a": 1}):
        whole = {**plain, "pairs": pairs}
        with pytest.raises(ConfigError, match="lacks something"):
            read_plan(json.dumps({**whole, "seal": _seal(whole)}).encode(), "plan.json")


def test_a_plan_of_another_state_or_account_is_refused(tmp_path: Path) -> None:
    stage, other = changed(tmp_path / "one"), changed(tmp_path / "two")
    plan = planned(stage)
    planned(other)
    with pytest.raises(ConfigError, match="not made with this state"):
        require_here(other.db, plan, "me")
    with pytest.raises(ConfigError, match="not made with this state"):
        require_here(stage.db, plan, "you")
