"""What can be captured and with which engine: one file a kind, its settings and the steps that bring it back."""
