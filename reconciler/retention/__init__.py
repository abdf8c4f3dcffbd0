"""Which counted backups a retention keeps and drops, and why: pure, with restic's exact semantics."""
