"""Python SDK and command for Heritwin servers."""
