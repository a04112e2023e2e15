"""New files for developers: a flow's folder with its test."""
