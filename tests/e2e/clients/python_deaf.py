"""Websockets that ask for views and read nothing until they are told to.

Lines in: "open": one more, with 8 views of 500 rows; "read": all are read until
they have their 8 answers, or are closed. Its segments are small, so that the
daemon's kernel takes little of what is not read.
"""
import json
import socket
import sys

import websocket

URL, TOKEN = sys.argv[1:]
PARAMS = {"draw": 1, "length": 500, "columns": [{"data": "id"}],
          "order": [{"column": 0, "dir": "desc"}]}


def open_one():
    one = websocket.create_connection(
        URL, header=["Authorization: Token " + TOKEN], subprotocols=["orders"],
        sockopt=((socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536),
                 (socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)))
    for i in range(8):
        one.send(json.dumps({"command": "view", "id": f"v{i}", "ref": i,
                             "params": {**PARAMS, "start": i}}))
    return one


def read(one):
    answers = 0
    try:
        while answers < 8:
            frame = json.loads(one.recv())
            answers += frame.get("status") == "ok"
            if "data" in frame:
                assert len(frame["data"]) == 500
    except (websocket.WebSocketException, OSError):
        return "closed"
    return "read"


opened = []
for line in sys.stdin:
    if line.strip() == "open":
        opened.append(open_one())
        print("opened", len(opened), flush=True)
    else:
        print("at the end:", *map(read, opened), flush=True)
