"""Cross-checks: what no single document can show. One file a family; every finding has a rule's id."""
