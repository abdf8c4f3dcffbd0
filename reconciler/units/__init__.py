"""Strict units: durations, sizes, shares, names and instants, as people write them in policies."""
