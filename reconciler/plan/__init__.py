"""One round of what to do now, from what is observed now: a value, and the guards that stop deletions; pure."""
