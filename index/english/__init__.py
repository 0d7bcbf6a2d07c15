"""What is about English and nothing else: pure functions over text, with no import from above."""
