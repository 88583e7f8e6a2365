"""SmarterMail over REST as a store."""

from __future__ import annotations

from instep.connectors.smartermail.connector import SmarterMailConnector, findings_of_build
from instep.connectors.smartermail.known import Known
from instep.connectors.smartermail.places import PREFIX
from instep.connectors.smartermail.rest import RestServer
from instep.connectors.smartermail.server import Server

__all__ = ["PREFIX", "Known", "RestServer", "Server", "SmarterMailConnector", "findings_of_build"]
