"""One run: gather, plan, guard, confirm, execute, record."""
