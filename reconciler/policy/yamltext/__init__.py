"""YAML text made safe: bytes are gated, then composed into strings, lists and mappings with their places.

Two facts rule this room. PyYAML's loaders guess (``12:30`` becomes 750, ``no`` becomes false), keep the last
of two equal keys in silence, and crash the interpreter on deep nesting. So only the parser's *events* are
used, they are cut at a depth, and every scalar stays the text that was written.
"""
