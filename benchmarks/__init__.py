"""What it costs, measured beside others on the same machine: each command ends with one line of JSON."""
