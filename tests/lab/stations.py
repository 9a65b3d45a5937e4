"""Many DHCP clients behind one cable, as virtual machines that boot at the same moment."""

import socket
import struct
import time

_SO_RCVBUFFORCE = 33
_BROADCAST = b"\xff" * 6
_COOKIE = b"\x63\x82\x53\x63"
_FRAME_HEADERS = 14 + 20 + 8
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
# Subnet mask, router, resolvers, host name, domain, MTU, broadcast address, time servers, routes.
_WISHES = bytes((55, 9, 1, 3, 6, 12, 15, 26, 28, 42, 121))
_FIRST_PATIENCE, _LONGEST_PATIENCE = 4.0, 64.0  # seconds (RFC 2131 4.1)


def number_mac(number, prefix=0x0200):
    """The Ethernet address of a station, as bytes."""
    return struct.pack("!HI", prefix, number)


def option(code, value):
    return bytes((code, len(value))) + value


def message(mac, kind, options=b"", client=bytes(4), transaction=None, flags=0):
    """A DHCP message of a client (RFC 2131 2); its transaction is told by its MAC by default."""
    transaction = mac[2:6] if transaction is None else transaction
    head = struct.pack("!BBBB4sHH4s4s4s4s16s192s4s", 1, 1, 6, 0, transaction, 0, flags, client,
                       bytes(4), bytes(4), bytes(4), mac, b"", _COOKIE)
    return head + option(53, bytes((kind,))) + options + _WISHES + b"\xff"


def _checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def frame(mac, payload, source=bytes(4), ports=(68, 67)):
    """A broadcast frame with a UDP datagram, which has no checksum."""
    length = len(payload) + 28
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 17, 0, source, b"\xff" * 4)
    head = head[:10] + struct.pack("!H", _checksum(head)) + head[12:]
    return (_BROADCAST + mac + b"\x08\x00" + head +
            struct.pack("!HHHH", *ports, length - 20, 0) + payload)


class Reply:
    """What a server says: `kind`, `mac` of the client, `address` that it gets, `options`."""

    def __init__(self, payload):
        self.mac = payload[28:34]
        self.transaction = payload[4:8]
        self.address = socket.inet_ntoa(payload[16:20])
        self.next_server = socket.inet_ntoa(payload[20:24])
        self.file = payload[108:236].rstrip(b"\0")
        self.options = {}
        at = 240
        while at < len(payload) and payload[at] != 255:
            if payload[at] == 0:
                at += 1
                continue
            self.options[payload[at]] = payload[at + 2:at + 2 + payload[at + 1]]
            at += 2 + payload[at + 1]
        self.kind = self.options.get(53, b"\0")[0]

    def choice(self):
        """The options by which a client takes what is offered."""
        return option(50, socket.inet_aton(self.address)) + option(54, self.options[54])


class Stations:
    """Clients that share an interface of a namespace. They hear what anybody there is told."""

    def __init__(self, namespace, interface="eth0"):
        self.namespace, self.interface = namespace, interface
        with namespace.entered():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
        self.socket.bind((interface, 0x0800))

    def close(self):
        self.socket.close()

    def own(self, address):
        """From now on somebody here answers ARP for the address."""
        self.namespace.ip(f"address add {address}/24 dev {self.interface}")

    def send(self, *frames):
        for each in frames:
            self.socket.send(each)

    def hear(self, patience):
        """The next DHCP reply to a client or a relay; None if none comes in `patience` seconds."""
        end = time.monotonic() + patience
        while True:
            self.socket.settimeout(max(0.0, end - time.monotonic()))
            try:
                heard = self.socket.recv(2048)
            except (TimeoutError, BlockingIOError):
                return None
            payload = heard[_FRAME_HEADERS:]
            if heard[23] == 17 and len(payload) > 240 and payload[0] == 2:
                return Reply(payload)

    def ask(self, mac, kind, options=b"", patience=5.0, **fields):
        """Sends one message and returns the reply to it; None if none comes."""
        sent = message(mac, kind, options, **fields)
        self.send(frame(mac, sent))
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            heard = self.hear(left)
            if heard and heard.mac == mac and heard.transaction == sent[4:8]:
                return heard
        return None

    def boot(self, macs, deadline):
        """Boots all at once, each asking again after 4, 8, 16, ... seconds (RFC 2131 4.1).

        Returns the address of each that was served in time, and after how many seconds."""
        begun = time.monotonic()
        state = {mac: [frame(mac, message(mac, DISCOVER)), begun + _FIRST_PATIENCE, _FIRST_PATIENCE]
                 for mac in macs}
        self.send(*(pending[0] for pending in state.values()))
        served = {}
        next_look = begun + _FIRST_PATIENCE
        while state and (now := time.monotonic()) < begun + deadline:
            if now >= next_look:
                next_look = self._repeat(state, now)
            reply = self.hear(max(0.001, min(next_look, begun + deadline) - now))
            if reply is None or reply.mac not in state:
                continue
            if reply.kind == OFFER:
                asked = frame(reply.mac, message(reply.mac, REQUEST, reply.choice()))
                state[reply.mac] = [asked, time.monotonic() + _FIRST_PATIENCE, _FIRST_PATIENCE]
                self.send(asked)
            elif reply.kind == ACK:
                served[reply.mac] = (reply.address, time.monotonic() - begun)
                del state[reply.mac]
        return served

    def _repeat(self, state, now):
        """Asks again for those whose patience is over; returns when the next one's is."""
        for pending in state.values():
            if pending[1] <= now:
                pending[2] = min(2 * pending[2], _LONGEST_PATIENCE)
                pending[1] = now + pending[2]
                self.send(pending[0])
        return min(pending[1] for pending in state.values())
