"""The same handler as node_handler.mjs, for Flask behind gunicorn."""

import base64
import hashlib
import hmac
import json
import os
import threading
import time

import requests
from flask import Flask, jsonify, request
from psycopg2.pool import ThreadedConnectionPool

FACESIGN_URL = os.environ["FACESIGN_URL"]
FACESIGN_API_KEY = os.environ["FACESIGN_API_KEY"]
FACESIGN_WEBHOOK_SECRET = os.environ["FACESIGN_WEBHOOK_SECRET"].encode()
BANK_URL = os.environ["BANK_URL"]
BANK_KEY = base64.b64decode(os.environ["BANK_SECRET"].removeprefix("whsec_"))

app = Flask(__name__)
database = ThreadedConnectionPool(8, 8, os.environ["DATABASE_URL"])
local = threading.local()


def http():
    """One connection for each thread, kept open."""
    if not hasattr(local, "session"):
        local.session = requests.Session()
        local.session.trust_env = False
    return local.session


def query(statement, *values):
    connection = database.getconn()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone() if cursor.description else None
    finally:
        database.putconn(connection)


def is_genuine(body, header):
    try:
        parts = dict(part.split("=", 1) for part in (header or "").split(","))
        signed = parts["t"].encode() + b"." + body
        expected = hmac.new(FACESIGN_WEBHOOK_SECRET, signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(parts["v1"], expected)
    except (ValueError, KeyError):
        return False


def execute(transfer):
    data = {"type": "transfer.execute", "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "data": transfer}
    body = json.dumps(data).encode()
    identifier, seconds = f"exec_{transfer['transfer']}", str(int(time.time()))
    signed = f"{identifier}.{seconds}.".encode() + body
    signature = base64.b64encode(hmac.new(BANK_KEY, signed, hashlib.sha256).digest()).decode()
    headers = {
        "content-type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{signature}",
    }
    http().post(f"{BANK_URL}/bank/wires", data=body, headers=headers, timeout=15).raise_for_status()


@app.route("/webhooks/facesign", methods=["POST"])
def handle():
    body = request.get_data()
    if not is_genuine(body, request.headers.get("X-FaceSign-Signature")):
        return jsonify(received=False), 401
    event = json.loads(body)
    if event["type"] != "session.status":
        return jsonify(received=True)
    headers = {"authorization": f"Bearer {FACESIGN_API_KEY}"}
    session = http().get(f"{FACESIGN_URL}/sessions/{event['sessionId']}", headers=headers, timeout=15).json()["session"]
    transfer = query("SELECT id, amount, currency FROM transfers WHERE session_id = %s", event["sessionId"])
    if transfer is None:
        return jsonify(received=True)
    reports = (session.get("report") or {}).get("nodeReports") or []

    def outcome(node):
        return next((report.get("outcome") for report in reports if report["nodeId"] == node), None)

    name, amount, currency = transfer
    passed = outcome("liveness") == "livenessDetected" and outcome("email_otp") == "verified"
    if session["status"] == "complete" and passed:
        query("UPDATE transfers SET status = 'authorized' WHERE id = %s", name)
        execute({"transfer": name, "version": 1, "amount": {"value": int(amount), "currency": currency}})
    else:
        query("UPDATE transfers SET status = 'blocked' WHERE id = %s", name)
    return jsonify(received=True)
