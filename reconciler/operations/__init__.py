"""The verbs: thin, and the only place where the rooms meet."""
