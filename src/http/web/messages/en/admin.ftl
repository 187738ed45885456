# Administration.
