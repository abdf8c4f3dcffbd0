"""The engines by the word in a repository's ``engine:``."""
