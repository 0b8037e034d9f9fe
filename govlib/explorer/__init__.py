"""The explorer: the figures with controls, in JupyterLab."""
