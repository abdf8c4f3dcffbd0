"""Listings: what repositories showed last and other things looked up, a cache that may be deleted."""
