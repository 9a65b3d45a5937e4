"""Answers whoever calls, over HTTP, TCP and UDP, and tells callers how they look from here.

    answer.py NAME [--at ADDRESS] [--http PORT]... [--tcp PORT]... [--udp PORT]... [--echo PORT]...

An echo port gives back what comes, over TCP and UDP.
"""

import argparse
import asyncio
import json


def describe(name, peer):
    return json.dumps({"host": name, "client": peer[0], "port": peer[1]}).encode() + b"\n"


def http_answer(name):
    async def answer(reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            body = describe(name, writer.get_extra_info("peername"))
            writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n"
                         b"Content-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the caller left
        finally:
            writer.close()
    return answer


def talk(name):
    async def answer(reader, writer):
        try:
            while await reader.readline():
                writer.write(describe(name, writer.get_extra_info("peername")))
                await writer.drain()
        except ConnectionError:
            pass  # the caller left
        finally:
            writer.close()
    return answer


async def echo(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # the caller left
    finally:
        writer.close()


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, name):
        self.name = name
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.transport.sendto(describe(self.name, addr), addr)


class EchoedDatagrams(asyncio.DatagramProtocol):
    def __init__(self):
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.transport.sendto(data, addr)


async def serve(options):
    loop = asyncio.get_running_loop()
    for port in options.http:
        await asyncio.start_server(http_answer(options.name), options.at, port)
    for port in options.tcp:
        await asyncio.start_server(talk(options.name), options.at, port)
    for port in options.udp:
        await loop.create_datagram_endpoint(lambda: Datagrams(options.name), (options.at, port))
    for port in options.echo:
        await asyncio.start_server(echo, options.at, port)
        await loop.create_datagram_endpoint(EchoedDatagrams, (options.at, port))
    print("ready")
    await asyncio.Event().wait()


def main():
    parser = argparse.ArgumentParser(description="Answers whoever calls.")
    parser.add_argument("name")
    parser.add_argument("--at", default="0.0.0.0", help="of several addresses, the one to listen at")
    for kind in ("http", "tcp", "udp", "echo"):
        parser.add_argument(f"--{kind}", type=int, action="append", default=[])
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
