"""The door to the world: processes, clock, files, secrets, leases. No room below touches any of them."""
