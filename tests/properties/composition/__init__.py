"""Properties of the composer."""
