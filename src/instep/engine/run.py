"""One run of an account: gather, plan, guard, confirm, execute, record."""
