"""``python -m processing``: one verb in, one JSON object out."""

import gc
import os
import sys

# BLAS would start a thread for every core, a tenth of a second; what is multiplied here are small matrices.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Loading makes many objects and no garbage: looked through less often, it takes a fifteenth less.
gc.set_threshold(100_000)

if __name__ == "__main__":
    from processing.room.cli import main

    code = main()
    # Nothing is left to write. To take apart what the system takes back at once costs another tenth.
    sys.stderr.flush()
    os._exit(code)
