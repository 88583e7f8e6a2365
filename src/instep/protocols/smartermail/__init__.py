"""SmarterMail's REST interface (``/api/v1``), spoken to as its own web mail does."""
