"""One file a kind of policy document: what people may write in its spec."""
