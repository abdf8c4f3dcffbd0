"""The journal: what no listing can tell, appended and never changed."""
