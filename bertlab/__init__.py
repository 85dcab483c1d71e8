"""bertlab: the package that the notebooks import, and whose helpers work in notebooks of your own."""

__version__ = "0.1.0"
