"""What the rows of the benchmark share: running both sides, interleaving, and keeping results."""
