"""The stages of a request, one file each, and the endpoint that leads through them."""
