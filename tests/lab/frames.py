"""Raw frames on a cable: sent as they are, and read back with their VLAN tags."""

import collections
import socket
import struct
import threading

from scapy.layers.l2 import ARP, Ether

from lab.commands import wait_until

_SOL_PACKET, _PACKET_AUXDATA, _VLAN_VALID = 263, 8, 0x10
_ETH_P_ALL = 0x0003
_OUTGOING = 4


class Wire:
    """An end of a cable in a namespace. Frames that arrive there are kept until asked for."""

    def __init__(self, namespace, interface="eth0", kept=100_000):
        with namespace.entered():
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                        socket.htons(_ETH_P_ALL))
        self.socket.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
        self.socket.bind((interface, _ETH_P_ALL))
        self.mac = ":".join(f"{byte:02x}" for byte in self.socket.getsockname()[4])
        self.socket.settimeout(0.1)
        self.frames = collections.deque(maxlen=kept)
        self.open = True
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while self.open:
            try:
                frame, control, _, address = self.socket.recvmsg(65536, 256)
            except socket.timeout:
                continue
            except OSError:
                return
            if address[2] != _OUTGOING:
                self.keep(_with_tag(frame, control))

    def keep(self, frame):
        """Called for each frame that arrives, in the thread that reads."""
        self.frames.append(frame)

    def send(self, *frames):
        """Sends frames as they are: bytes, or scapy packets."""
        for frame in frames:
            self.socket.send(bytes(frame))

    def clear(self):
        self.frames.clear()

    def received(self, wanted=lambda frame: True):
        """The frames that came so far and are `wanted`, as scapy packets."""
        return [frame for frame in map(Ether, list(self.frames)) if wanted(frame)]

    def expect(self, wanted, what, deadline=3.0):
        """The first frame that is `wanted`, waited for."""
        return wait_until(lambda: self.received(wanted), what, deadline)[0]

    def close(self):
        self.open = False
        self.reader.join()
        self.socket.close()


def _with_tag(frame, control):
    """The kernel takes VLAN tags out of frames and reports them beside: back in with them."""
    for level, kind, data in control:
        if (level, kind) == (_SOL_PACKET, _PACKET_AUXDATA):
            status, _, _, _, _, tag, protocol = struct.unpack("IIIHHHH", data[:20])
            if status & _VLAN_VALID:
                return frame[:12] + struct.pack("!HH", protocol or 0x8100, tag) + frame[12:]
    return frame


class Station(Wire):
    """A raw end of a cable that answers ARP for `addresses`, and for nothing else."""

    def __init__(self, namespace, interface, *addresses):
        self.addresses = set(addresses)
        super().__init__(namespace, interface)

    def keep(self, frame):
        super().keep(frame)
        arp = Ether(frame)
        if ARP in arp and arp[ARP].op == 1 and arp[ARP].pdst in self.addresses:
            self.send(Ether(src=self.mac, dst=arp.src) /
                      ARP(op=2, hwsrc=self.mac, psrc=arp[ARP].pdst, hwdst=arp[ARP].hwsrc,
                          pdst=arp[ARP].psrc))

    def resolve(self, address, source):
        """The Ethernet address that answers for `address`, asked for as `source`."""
        self.send(Ether(src=self.mac, dst="ff:ff:ff:ff:ff:ff") /
                  ARP(op=1, hwsrc=self.mac, psrc=source, pdst=address))
        return self.expect(lambda f: ARP in f and f[ARP].op == 2 and f[ARP].psrc == address,
                           f"{address} answers ARP")[ARP].hwsrc
