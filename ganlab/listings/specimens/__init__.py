"""The five listings, repaired. Each reads from top to bottom."""
