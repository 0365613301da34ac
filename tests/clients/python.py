"""Makes the calls of calls.json with the client that openapi-python-client has generated. Each line that it reads is a call, and each that it
writes an answer: its status, the name of its type, and the members that were asked for."""

import importlib
import inspect
import json
import os
import pkgutil
import re
import sys
import uuid

import sca_backend_client.api as api
from sca_backend_client import AuthenticatedClient, Client

ADDRESS = os.environ["SCA_ADDRESS"]
operations = {module.name.rsplit(".", 1)[1]: module.name for module in pkgutil.walk_packages(api.__path__, api.__name__ + ".") if not module.ispkg}


def member(value, path):
    """What a path of attributes leads to, as JSON."""
    for part in filter(None, path.split(".")):
        value = value[int(part)] if part.isdigit() else getattr(value, re.sub(r"([A-Z])", r"_\1", part).lower())
    return value.to_dict() if hasattr(value, "to_dict") else value


def call(step):
    operation = importlib.import_module(operations[step["operation"]]).sync_detailed
    client = AuthenticatedClient(base_url=ADDRESS, token=step["as"]) if step.get("as") else Client(base_url=ADDRESS)
    given = dict(step.get("path", {}))
    if "body" in step:
        given["body"] = inspect.signature(operation).parameters["body"].annotation.from_dict(step["body"])
    if step["hasKey"]:
        given["idempotency_key"] = str(uuid.uuid4())
    answer = operation(client=client.with_headers(step.get("headers", {})), **given)
    parsed = answer.parsed
    read = {path: member(parsed, path) for path in step["members"]} if answer.status_code == step["status"] else {}
    said = parsed.to_dict() if hasattr(parsed, "to_dict") else parsed
    return {"status": answer.status_code, "type": type(parsed).__name__, "answer": said, "read": read}


for line in sys.stdin:
    try:
        print(json.dumps(call(json.loads(line))), flush=True)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
