"""Data sets: where they come from, and what is checked before they are used."""
