"""Decides: model, diff, merge, match, plan, guard. Pure."""
