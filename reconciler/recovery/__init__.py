"""Recovery as values: an asset, a backup and its repository become ordered steps; pure."""
