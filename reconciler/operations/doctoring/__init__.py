"""Looks for what is wrong with a host and says how to mend it: one small module a family of checks."""
