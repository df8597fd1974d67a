"""The outside servers of one machine: how each is prepared, started and asked whether it is ready."""
