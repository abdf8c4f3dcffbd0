"""The tools that write backups: one protocol, one folder an engine, one contract suite for all."""
