"""Who: organisations, persons, memberships, keys, sessions and login links."""
