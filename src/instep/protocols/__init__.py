"""How to speak to servers and devices: no decisions, no state."""
