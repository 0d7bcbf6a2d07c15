"""Does Footnote still answer what it should?"""
