"""Reads the SDL in the file given with graphql-core; prints what is wrong with it."""

import json
import sys
from pathlib import Path

from graphql import build_schema, validate_schema

schema = build_schema(Path(sys.argv[1]).read_text(encoding="utf-8"))
errors = [error.message for error in validate_schema(schema)]
types = [name for name in schema.type_map if not name.startswith("__")]
print(json.dumps({"types": len(types), "errors": errors}))
