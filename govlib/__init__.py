"""Reproduce, rerun and question published figures on governance and public trust."""

import lazy_loader

__version__ = "0.1.0"

# The public names and where they live are in __init__.pyi; nothing is imported before it is used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
