"""Why a deletion does not happen: one file a guard, each pure."""
