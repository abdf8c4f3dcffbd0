"""The policy, pure: its kinds, how files become them, what they mean resolved, what a change lowers."""
