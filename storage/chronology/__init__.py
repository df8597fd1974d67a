"""Structure and time: concepts, sources, events, relations, and statements with two time axes."""
