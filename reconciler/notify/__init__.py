"""The ways by which people are told: mail, webhooks, and the heartbeat that misses when the loop is dead."""
