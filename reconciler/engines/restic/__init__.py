"""restic as an engine: pure arguments, places, answers and errors; one class that runs them."""
