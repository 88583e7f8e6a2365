"""The vault: an encrypted file of secrets for systems without a key store (scrypt, RFC 7914; AES-256-GCM)."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from instep.accounts.durable import replace_file, sole_writer
from instep.accounts.secret import Secret
from instep.errors import SecretUnavailable

_VERSION = 1
_COST, _BLOCK, _LANES = 2**16, 8, 2  # 64 MB and about a quarter of a second for every guess
_MOST_COST, _MOST_BLOCK, _MOST_LANES = 2**20, 16, 16


@dataclass(frozen=True, slots=True)
class _Lock:
    """What turns a passphrase into the key."""

    salt: bytes
    cost: int
    block: int
    lanes: int

    def head(self) -> dict[str, Any]:
        return {
            "instep_vault": _VERSION,
            "cipher": "AES-256-GCM",
            "kdf": "scrypt",
            "n": self.cost,
            "r": self.block,
            "p": self.lanes,
            "salt": base64.b64encode(self.salt).decode(),
        }

    def key(self, passphrase: Secret) -> bytes:
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

        return Scrypt(self.salt, 32, self.cost, self.block, self.lanes).derive(passphrase.reveal().encode())


@dataclass(frozen=True, slots=True)
class _Sealed:
    lock: _Lock
    nonce: bytes
    data: bytes


class Vault:
    """Secrets by name in one encrypted file (0600). The passphrase is asked for once, when it is first needed.

    ``passphrase`` is called with ``True`` when a new vault gets its passphrase, ``False`` to open an existing one. It
    raises ``SecretUnavailable`` when there is none to be had. ``cost`` is scrypt's N for a new vault.
    """

    def __init__(self, path: Path, passphrase: Callable[[bool], Secret], cost: int = _COST) -> None:
        self._path = path
        self._passphrase = passphrase
        self._cost = cost
        self._known: Secret | None = None
        self._keys: dict[_Lock, bytes] = {}
        self._turn = threading.RLock()

    def exists(self) -> bool:
        """Tell whether the file is there."""
        return self._path.exists()

    def get(self, name: str) -> Secret | None:
        """Return the secret called ``name``; ``None`` when the vault has none of that name or does not exist.

        Raises ``SecretUnavailable`` for a wrong passphrase and, in other words, for a damaged file.
        """
        with self._turn:
            sealed = self._read()
            secret = self._opened(sealed).get(name) if sealed else None
        return None if secret is None else Secret(secret)

    def put(self, name: str, secret: Secret) -> None:
        """Keep a secret under ``name``; the file on the disk is the old or the new one, never a part."""
        self._edit(lambda secrets: {**secrets, name: secret.reveal()})

    def remove(self, name: str) -> None:
        """Forget the secret called ``name``; harmless when there is none."""
        if self.get(name) is not None:
            self._edit(lambda secrets: {other: kept for other, kept in secrets.items() if other != name})

    def _edit(self, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        with self._turn, sole_writer(self._path):
            sealed = self._read()
            lock = sealed.lock if sealed else _Lock(os.urandom(16), self._cost, _BLOCK, _LANES)
            secrets = self._opened(sealed) if sealed else {}
            key = self._key(lock, new=sealed is None)
            replace_file(self._path, _sealed(lock, key, change(secrets)))

    def _key(self, lock: _Lock, *, new: bool) -> bytes:
        if lock not in self._keys:
            passphrase = self._known or self._passphrase(new)
            if not passphrase:
                raise SecretUnavailable("The passphrase of the vault is empty.", "Choose one that is hard to guess.")
            self._keys[lock] = lock.key(passphrase)
            self._known = passphrase
        return self._keys[lock]

    def _opened(self, sealed: _Sealed) -> dict[str, str]:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self._key(sealed.lock, new=False)
        try:
            text = AESGCM(key).decrypt(sealed.nonce, sealed.data, _canonical(sealed.lock.head()))
        except InvalidTag:
            self._keys.clear()
            self._known = None
            raise SecretUnavailable(
                f"The passphrase does not open the vault {self._path}.", "Check the passphrase and try again."
            ) from None
        secrets: dict[str, str] = json.loads(text)
        return secrets

    def _read(self) -> _Sealed | None:
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SecretUnavailable(
                f"The vault {self._path} cannot be read: {error.strerror or error}.", "Check its permissions."
            ) from error
        try:
            found = json.loads(raw)
            version = found["instep_vault"]
            if version == _VERSION:
                return _checked(found)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise self._damaged() from None
        raise SecretUnavailable(
            f"The vault {self._path} was written by another version of Instep.", "Use that version, or a newer one."
        )

    def _damaged(self) -> SecretUnavailable:
        return SecretUnavailable(
            f"The vault {self._path} is damaged.",
            "Put a backup in its place, or remove it and give the passwords again.",
        )


def _canonical(head: dict[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True, separators=(",", ":")).encode()


def _digest(head: dict[str, Any]) -> str:
    # Tells a damaged file from a wrong passphrase; that nobody altered it on purpose is what AES-GCM proves.
    return hashlib.sha256(_canonical(head)).hexdigest()


def _sealed(lock: _Lock, key: bytes, secrets: dict[str, str]) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    data = AESGCM(key).encrypt(nonce, json.dumps(secrets).encode(), _canonical(lock.head()))
    file = {
        **lock.head(),
        "nonce": base64.b64encode(nonce).decode(),
        "data": base64.b64encode(data).decode(),
    }
    return json.dumps({**file, "sha256": _digest(file)}, indent=1).encode() + b"\n"


def _checked(found: dict[str, Any]) -> _Sealed:
    told = found.pop("sha256")
    if told != _digest(found):
        raise ValueError
    lock = _Lock(base64.b64decode(found["salt"]), found["n"], found["r"], found["p"])
    bounded = lock.cost <= _MOST_COST and lock.block <= _MOST_BLOCK and lock.lanes <= _MOST_LANES
    if not bounded or lock.head() != {key: found[key] for key in lock.head()}:
        raise ValueError
    return _Sealed(lock, base64.b64decode(found["nonce"]), base64.b64decode(found["data"]))
