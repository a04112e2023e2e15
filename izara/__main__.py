"""`python -m izara`: the command line."""

from izara.cli import main

if __name__ == "__main__":
    main()
