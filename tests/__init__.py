"""The promises of the project, each shown by a test that can fail."""
