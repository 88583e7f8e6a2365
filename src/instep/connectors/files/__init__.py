"""A folder of ``.vcf``, ``.ics``, ``.md`` and ``.txt`` files as a store (vdir)."""

from instep.connectors.files.connector import FilesConnector

__all__ = ["FilesConnector"]
