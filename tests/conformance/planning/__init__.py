"""Our own suites of what a gateway answers: one folder per topic, run against subgraphs that execute for real."""
