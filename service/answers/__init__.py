"""Storage's records as answers."""
