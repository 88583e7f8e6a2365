"""Public test tools: connector contract suite, builders, fault injection."""
