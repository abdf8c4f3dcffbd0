"""How each kind of asset is captured."""
