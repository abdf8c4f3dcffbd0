"""What people and programs read: text, JSON, Markdown and pages, made of values; pure."""
