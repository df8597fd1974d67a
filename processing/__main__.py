"""``python -m processing``: one verb in, one JSON object out."""

import sys

from processing.room.cli import main

if __name__ == "__main__":
    sys.exit(main())
