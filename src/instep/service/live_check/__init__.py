"""The live check of a SmarterMail server: what nobody has written down is tried on items of its own, and cleared away.

A person with a real server runs it once per build (``instep doctor smartermail NAME``). The report holds no personal
data; the answers become the part of the account's capability record on which the connector relies.
"""
