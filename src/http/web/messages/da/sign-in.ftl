# Log ind.
