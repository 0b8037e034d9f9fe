"""``python -m govlib``: the command line."""

from govlib.cli import main

if __name__ == "__main__":
    main()
