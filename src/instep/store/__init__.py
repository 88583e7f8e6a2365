"""The state database: links, tokens, conflicts, history, runs."""
