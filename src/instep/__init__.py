"""Instep keeps contacts, appointments, tasks and notes the same on the desktop and on the mail server."""

__version__ = "0.1.0"
