"""Prints, as JSON, what the Python package safetensors reads from a file.

    python read.py FILE
"""

import json
import sys

from safetensors import safe_open

with safe_open(sys.argv[1], "numpy") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    print(json.dumps({
        "metadata": file.metadata(),
        "tensors": {
            name: {"dtype": str(t.dtype), "shape": t.shape, "data": t.ravel().tolist()}
            for name, t in tensors.items()
        },
    }))
