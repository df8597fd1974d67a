"""The benchmarks themselves: do they measure what they say, and do they notice faults."""
