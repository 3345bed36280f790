"""Follows its user's orders with `websocket-client`, and places one."""
import json
import sys
import urllib.request

import websocket

url, username, password = sys.argv[1:]


def ask(path, body, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(
        url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


token = ask("/api/token/", {"username": username, "password": password})["token"]
socket = websocket.create_connection(
    url.replace("http", "ws", 1) + "/data/stream/", subprotocols=["orders"],
    header=[f"Authorization: Bearer {token}"])
socket.send(json.dumps({"command": "subscribe"}))
print(socket.recv())
ask("/api/data/", {"instrument": "PY2", "quantity": "1.5", "price": "10.25"},
    token)
order = None
while not order:
    frame = json.loads(socket.recv())
    for event in frame.get("events", [frame]):
        if event.get("type") == "data.new":
            order = event["order"]
print(json.dumps(order))
socket.close()
