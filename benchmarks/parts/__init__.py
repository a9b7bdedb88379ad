"""What several benchmarks are made of: a scratch home, API processes, a market of a million orders."""
