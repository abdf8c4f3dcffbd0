"""Reads listings and projection together into the facts that deciding code works with; writes nothing."""
