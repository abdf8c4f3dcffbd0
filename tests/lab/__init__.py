"""Real servers on loopback and cheap restic repositories, for tests only."""
