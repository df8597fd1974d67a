"""What the specs share: real servers for a run, the skip list, small readers."""
