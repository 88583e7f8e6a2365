"""Lenses between documents (vCard, iCalendar, vCalendar, notes) and the model; pure, no input or output."""
