#!/usr/bin/python3
"""TCP traffic on loopback, one connection for each line on standard input, until that ends.

A helper of conftest.py, which runs it in a network namespace. Answers each line with one of its
own when the connection has been closed by both sides.
"""

import socket
import sys
import threading

PORT = 8000
REQUEST = b'q' * 100
RESPONSE = b'a' * 3000


def serve(listener):
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.recv(len(REQUEST), socket.MSG_WAITALL)
            connection.sendall(RESPONSE)


def exchange():
    with socket.create_connection(('127.0.0.1', PORT)) as connection:
        connection.sendall(REQUEST)
        connection.recv(len(RESPONSE), socket.MSG_WAITALL)
        # The server closes first, so that its end is known here
        assert connection.recv(1) == b''


def main():
    listener = socket.create_server(('127.0.0.1', PORT))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    for _ in sys.stdin:
        exchange()
        print('done', flush=True)


if __name__ == '__main__':
    main()
