"""Training of the reader, the small model that says whether a passage answers a question."""
