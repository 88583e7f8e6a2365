"""Judging a name, password or code, the same for every protocol; failures count for the intrusion detection."""

from __future__ import annotations

import hmac
import secrets
from enum import StrEnum

from instep.testing.smartermail.people import DAV_GROUP, Person, Standing, TwoStep
from instep.testing.smartermail.records import Login, Mail
from instep.testing.smartermail.totp import step_of
from instep.testing.smartermail.world import World


class Verdict(StrEnum):
    """Why a password does not open."""

    WRONG = "USERNAME_OR_PASSWORD_INCORRECT"
    UNKNOWN = "USER_NOT_FOUND"
    APP_PASSWORD = "APP_PASSWORD"


def signed_in(world: World, way: str, email: str, worked: bool, address: str) -> None:
    """Remember a try to sign in."""
    world.records.logins.append(Login(way, email, worked, address))


def judged(world: World, name: str, password: str, address: str, way: str) -> Person | Verdict:
    """Tell whose password it is over REST or on the pages; an application password is told apart."""
    person = world.people.get(name.strip().lower())
    if person is None:
        return _failed(world, way, name, address, Verdict.UNKNOWN)
    if hmac.compare_digest(person.password.encode(), password.encode()):
        signed_in(world, way, person.email, True, address)
        return person
    if person.two_step is not TwoStep.NONE and password in person.app_passwords.values():
        if world.switches.app_password == "accepted":
            signed_in(world, way, person.email, True, address)
            return person
        return _failed(world, way, person.email, address, Verdict.APP_PASSWORD)
    return _failed(world, way, person.email, address, Verdict.WRONG)


def judged_dav(world: World, name: str, password: str, address: str) -> Person | None:
    """Tell whose password it is over DAV: with two-step login only the application password of its group opens."""
    person = world.people.get(name.strip().lower())
    good = person is not None and person.standing is Standing.FINE
    if person is not None and good:
        two_step = person.two_step is not TwoStep.NONE
        wanted = person.app_passwords.get(DAV_GROUP, "") if two_step else person.password
        good = bool(wanted) and hmac.compare_digest(wanted.encode(), password.encode())
    signed_in(world, "dav", name, good, address)
    if not good:
        world.intrusion.failed(address, world.clock.now())
    return person if good else None


def code_fits(world: World, person: Person, code: str, address: str) -> bool:
    """Check a two-step code; each mailed one opens once."""
    fine = False
    match person.two_step:
        case TwoStep.EMAIL:
            fine = bool(person.mailed_code) and hmac.compare_digest(person.mailed_code, code.strip())
            person.mailed_code = ""
        case TwoStep.APP:
            step = step_of(person.secret, code, world.clock.now())
            fine = step is not None and (world.switches.code_twice == "accepted" or step > person.last_step)
            person.last_step = max(person.last_step, step if step is not None else -1)
    signed_in(world, "code", person.email, fine, address)
    if not fine:
        world.intrusion.failed(address, world.clock.now())
    return fine


def send_code(world: World, person: Person) -> None:
    """Mail a new code to the recovery address."""
    person.mailed_code = f"{secrets.randbelow(1_000_000):06}"
    world.records.mails.append(Mail("code", person.recovery, "Your verification code"))


def _failed(world: World, way: str, name: str, address: str, verdict: Verdict) -> Verdict:
    signed_in(world, way, name.lower(), False, address)
    world.intrusion.failed(address, world.clock.now())
    return verdict
