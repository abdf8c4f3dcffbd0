"""One suite for every engine and place, one for every source."""
