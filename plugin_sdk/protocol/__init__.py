"""The wire, without input or output: what is said to the platform and what is made of its answers."""
