"""The projection: what the journal's entries add up to, kept beside the listings, rebuilt by replaying."""
