"""``python -m instep`` is the command ``instep``."""

from instep.cli.main import main

main()
