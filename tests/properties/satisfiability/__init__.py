"""Properties of the proof that every query can be answered."""
