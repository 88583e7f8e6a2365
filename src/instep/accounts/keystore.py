"""The system's key store: Windows Credential Manager, macOS Keychain, Secret Service, KWallet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from instep.accounts.secret import Secret
from instep.errors import SecretUnavailable

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_ADVICE = "Unlock the key store and try again, or keep the password in the vault or behind a password command."


class KeyStore:
    """The passwords of one home in the system's key store; ``service`` is the name they are filed under."""

    def __init__(self, service: str) -> None:
        self._service = service

    def usable(self) -> bool:
        """Tell whether this system has a key store that encrypts; one that keeps plain text counts as none."""
        return _backend() is not None

    def get(self, name: str) -> Secret | None:
        """Return the secret filed under ``name``; ``None`` when there is none. ``SecretUnavailable`` when locked."""
        store = self._store()
        from keyring.errors import KeyringError

        try:
            text = store.get_password(self._service, name)
        except (KeyringError, OSError, RuntimeError) as error:
            raise _silent(error) from None
        return None if text is None else Secret(text)

    def put(self, name: str, secret: Secret) -> None:
        """File a secret under ``name``, in the place of an older one."""
        store = self._store()
        from keyring.errors import KeyringError

        try:
            store.set_password(self._service, name, secret.reveal())
        except (KeyringError, OSError, RuntimeError) as error:
            raise _silent(error) from None

    def remove(self, name: str) -> None:
        """Forget the secret filed under ``name``; harmless when there is none."""
        store = self._store()
        from keyring.errors import KeyringError, PasswordDeleteError

        try:
            store.delete_password(self._service, name)
        except PasswordDeleteError:
            return
        except (KeyringError, OSError, RuntimeError) as error:
            raise _silent(error) from None

    def _store(self) -> KeyringBackend:
        if store := _backend():
            return store
        raise SecretUnavailable(
            "This system has no key store that Instep can use.",
            "Keep the password in the vault (INSTEP_SECRETS=vault) or behind a password command.",
        )


def _silent(error: Exception) -> SecretUnavailable:
    # What a backend says may quote what it was given; its type says enough.
    return SecretUnavailable(f"The system's key store did not answer ({type(error).__name__}).", _ADVICE)


def _backend() -> KeyringBackend | None:
    import keyring
    from keyring.backends.chainer import ChainerBackend

    try:
        chosen = keyring.get_keyring()
        candidates = list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]
        # Below 1 are the null and failing backends and those that only obscure what they keep.
        return next((store for store in candidates if store.priority >= 1 and not _plain(store)), None)
    except Exception:
        # Backends are plug-ins that ask the system's bus; one that breaks is the same as none.
        return None


def _plain(store: KeyringBackend) -> bool:
    return type(store).__module__.startswith("keyrings.alt") or "plaintext" in type(store).__name__.lower()
