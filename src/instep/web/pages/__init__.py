"""One module a subject; each has ``ROUTES``."""
