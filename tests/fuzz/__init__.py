"""Fuzzing of everything of ours that reads a stranger's bytes: ``python -m tests.fuzz``."""
