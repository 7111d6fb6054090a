"""Runs the checks of the families named as arguments; writes one JSON document with what failed and why."""

import importlib
import json
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import kit  # noqa: E402

passed = 0
failed = {}
for family in sys.argv[1:]:
    for name, check in kit.checks_of(importlib.import_module(family)):
        try:
            check()
            passed += 1
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)
            line = next((one for one in reversed(where) if family in one.filename), where[-1])
            failed[f"{family}.{name}"] = f"{type(error).__name__}: {error} (line {line.lineno}: {line.line})"
    kit.clean()
json.dump({"passed": passed, "failed": failed}, sys.stdout)
