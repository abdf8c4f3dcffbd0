"""The whole loop on real git and real restic."""
