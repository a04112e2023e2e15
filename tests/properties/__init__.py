"""What must hold for any input, searched by hypothesis: a little in every run, at length in ``make soak``."""
