"""Actions made real: intent into the journal, act, list again, record; lanes, retries, progress, drain."""
