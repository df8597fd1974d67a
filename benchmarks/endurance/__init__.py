"""Kill every part of a working house at random, and count what was lost."""
