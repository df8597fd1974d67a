"""Known faults, planted one at a time: each must turn the test it names red."""
