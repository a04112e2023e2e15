"""The soak: many deliveries, many kills, nothing lost and nothing done twice. ``python -m tests.soak``."""
