"""`python -m storage`: migrate the schema, make the first admin."""

import sys

from storage.commands import main

sys.exit(main(sys.argv[1:]))
