"""From the answers of a live check to what the connector relies on; pure."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime

from instep.protocols.smartermail.profile import Profile
from instep.service.live_check.answers import Sure
from instep.service.live_check.run import Result

_KNOWN = frozenset({Sure.SEEN, Sure.LIKELY, Sure.TOLD})


def with_answers(profile: Profile, result: Result, now: datetime) -> Profile | None:
    """Give the capability record with what a check found out; ``None`` when nothing may be kept.

    What holds for another build is dropped first. Without a build nothing is kept, since nobody would notice when the
    answers hold no more. What was not answered this time stays as an earlier check of the same build left it.
    """
    if not result.build:
        return None
    if profile.build != result.build:
        profile = Profile(profile.base, result.build, dav=profile.dav)
    said = {name: answer.value for name, answer in result.answers.items() if answer.sure in _KNOWN}
    forms = {name: form for name, form in profile.forms.items() if name not in result.forms}
    dialect = profile.dialect
    for one in fields(dialect):
        if one.name in result.said:
            dialect = replace(dialect, **{one.name: getattr(result.dialect, one.name)})
    return replace(
        profile,
        seen=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        forms=forms,
        answers={**profile.answers, **said, **result.forms},
        dialect=dialect,
    )
