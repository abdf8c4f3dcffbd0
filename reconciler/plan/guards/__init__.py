"""Why a deletion does not happen: one file a guard, each a pure question about one action."""
