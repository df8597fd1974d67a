"""A simulated survey with known truth; only tests, benchmarks and the verb import it."""
