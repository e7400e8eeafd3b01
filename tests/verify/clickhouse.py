"""A ClickHouse engine that is spoken to in lines: a statement as a JSON text on standard input, and what comes of it,
`{"answer": …}` or `{"error": …}`, on standard output."""

import json
import sys

from chdb.session import Session

session = Session()
for line in sys.stdin:
    try:
        reply = {"answer": session.query(json.loads(line), "JSON").bytes().decode()}
    except Exception as error:
        reply = {"error": str(error)}
    print(json.dumps(reply), flush=True)
