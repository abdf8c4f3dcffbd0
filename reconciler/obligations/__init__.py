"""The promises of a policy: one file an obligation, each with its assessment; pure."""
