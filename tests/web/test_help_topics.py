"""Every error and every step of a test leads to a heading of the help that is there."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pytest

import instep.errors as errors
from instep.accounts import trial
from instep.accounts.trial import Outcome, Step
from instep.core.model import Kind
from instep.web.help_book import book
from instep.web.topics import ERRORS, STEPS, Topic, topic_of, topic_of_step


def _tree(top: type) -> Iterator[type]:
    yield top
    for below in top.__subclasses__():
        yield from _tree(below)


def _steps() -> set[str]:
    """The names of steps, as the source of the test names them."""
    source = inspect.getsource(trial)
    names = re.findall(r'(?:Step|_failed|_folders_step)\(\s*f?"([^"]+)"', source)
    return {name.replace("{kind}", kind) for name in names for kind in Kind}


def test_every_error_of_the_tree_has_a_topic() -> None:
    tree = {kind.__name__ for kind in _tree(errors.InstepError) if kind.__module__ == errors.__name__}
    assert len(tree) == 25
    assert tree - set(ERRORS) == set()


def test_every_step_of_a_test_has_a_topic() -> None:
    assert {"desktop", "login", "server: notes"} <= _steps()
    assert _steps() - set(STEPS) == set()


@pytest.mark.parametrize("topic", sorted({*ERRORS.values(), *STEPS.values()}, key=lambda t: t.address))
def test_the_heading_of_every_topic_is_there(topic: Topic) -> None:
    assert topic.anchor in {heading.anchor for heading in book().page(topic.page).headings}


@pytest.mark.parametrize(
    ("error", "anchor"),
    [
        pytest.param(errors.LoginRefused("no"), "the-login-is-refused", id="an error"),
        pytest.param(errors.Busy, "another-process-is-at-work", id="a class"),
        pytest.param("StoreFull", "the-disk-or-the-quota-is-full", id="a kept name"),
        pytest.param(ZeroDivisionError(), "a-defect-of-instep", id="what should not happen"),
        pytest.param("OperationalError", "a-defect-of-instep", id="an unknown name"),
        pytest.param(type("Special", (errors.ReadOnly,), {}), "a-folder-takes-no-writes", id="a class below one"),
    ],
)
def test_topic_of_an_error(error: BaseException | type[BaseException] | str, anchor: str) -> None:
    assert topic_of(error).anchor == anchor


@pytest.mark.parametrize(
    ("name", "error", "anchor"),
    [
        pytest.param("encrypted connection", "Unreachable", "the-connection-is-not-secure", id="a bad certificate"),
        pytest.param("encrypted connection", "InsecureRefused", "plain-http-is-refused", id="plain http"),
        pytest.param("address", "Unreachable", "the-server-cannot-be-reached", id="no answer"),
        pytest.param("server", "Transient", "the-server-asks-me-to-wait", id="a busy server"),
        pytest.param("server: notes", "", "there-is-no-folder-for-a-kind", id="no place for notes"),
        pytest.param("desktop", "CollectionVanished", "a-folder-has-vanished", id="an unmounted desktop"),
    ],
)
def test_topic_of_a_step(name: str, error: str, anchor: str) -> None:
    assert topic_of_step(Step(name, Outcome.FAILED, error=error)).anchor == anchor
