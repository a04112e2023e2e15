"""What `izara compose` does: read subgraphs from files and URLs, compose them, compare, report, watch."""
