"""How fast the product is, measured beside its peers and against what the engine itself costs: ``make bench``."""
