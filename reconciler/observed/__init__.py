"""The world as values: what the repositories hold and what the journal knows, with no way to touch either."""
