"""Follows its user's orders with `websockets`, and places one."""
import asyncio
import json
import sys
import urllib.request

import websockets

url, username, password = sys.argv[1:]


def ask(path, body, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Token {token}"
    request = urllib.request.Request(
        url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


async def main():
    token = ask("/api/token/", {"username": username, "password": password})["token"]
    async with websockets.connect(
            url.replace("http", "ws", 1) + "/data/stream/",
            subprotocols=["orders"],
            extra_headers={"Authorization": f"Token {token}"}) as socket:
        await socket.send(json.dumps({"command": "subscribe"}))
        print(await socket.recv())
        ask("/api/data/", {"instrument": "PY1", "quantity": "1.5",
                           "price": "10.25"}, token)
        async for text in socket:
            frame = json.loads(text)
            for event in frame.get("events", [frame]):
                if event.get("type") == "data.new":
                    print(json.dumps(event["order"]))
                    return

asyncio.run(main())
