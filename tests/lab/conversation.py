"""What the ends say to each other."""

import random
import struct

random_bytes = random.Random("tcp flow asymmetry").randbytes


def web_request(path, body=b"", method="GET"):
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: sample\r\n{length}\r\n".encode() + body


def web_response(size, status="200 OK"):
    return (f"HTTP/1.1 {status}\r\nServer: sample\r\nContent-Type: application/octet-stream\r\n"
            f"Content-Length: {size}\r\n\r\n").encode() + random_bytes(size)


def tls_data(size):
    """Application data records of 2 KB, as a web server writes them; the cipher text is noise."""
    sizes = [2048] * (size // 2048) + [size % 2048] * (size % 2048 > 0)
    return b"".join(struct.pack("!BHH", 23, 0x0303, part) + random_bytes(part) for part in sizes)


def query(size):
    """A PostgreSQL query message of so many bytes."""
    text = b"SELECT name FROM parts WHERE number = 42"
    return b"Q" + struct.pack("!I", size - 1) + text.ljust(size - 6) + b"\0"


def rows(size):
    """A PostgreSQL answer of so many bytes: one data row and the end of the command."""
    end = b"C" + struct.pack("!I", 13) + b"SELECT 1\0" + b"Z" + struct.pack("!I", 5) + b"I"
    value = size - len(end) - 11
    return b"D" + struct.pack("!IHI", value + 10, 1, value) + b"x" * value + end


def browse(connection, *sizes):
    for number, size in enumerate(sizes, 1):
        connection.exchange(web_request(f"/part/{number}"), web_response(size))
