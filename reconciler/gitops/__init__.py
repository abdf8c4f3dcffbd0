"""The policy source: a hardened bare mirror of a git repository, read as blobs and never checked out."""
