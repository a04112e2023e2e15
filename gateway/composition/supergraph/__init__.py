"""Prints the merged model as supergraph and as API schema."""
