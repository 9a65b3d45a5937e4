"""The way in: OpenSSH on the control address, and what a KVM host runs over it."""

import base64
import binascii
import re

from lab.appliance import build_directory
from lab.commands import run, wait_until

PORT = 3922
KEY_LINE = re.compile(r"(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/]+=*( [ -~]*)?")

# Keys only, no forwarding of anything, and one command whatever is asked for: it reads what was
# asked by itself. The client of CloudStack's hosts signs with SHA-1.
_CONFIGURATION = """\
Port {port}
AddressFamily inet
ListenAddress {address}
HostKey {directory}/host_ed25519
HostKey {directory}/host_rsa
PidFile none
AuthorizedKeysFile {directory}/authorized_keys
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowUsers root
UsePAM no
UseDNS no
PubkeyAcceptedAlgorithms +ssh-rsa
HostKeyAlgorithms +ssh-rsa
DisableForwarding yes
PermitTTY no
PermitUserEnvironment no
PermitUserRC no
PrintMotd no
LoginGraceTime 60
MaxStartups 1000
MaxSessions 1000
ClientAliveInterval 30
ClientAliveCountMax 4
Subsystem sftp internal-sftp
SetEnv VIADUCT_ROOT={root} VIADUCT_SETTINGS={settings}
ForceCommand {program} session
"""


def make_key(file, kind, *options):
    run("ssh-keygen", "-q", "-t", kind, *options, "-N", "", "-C", "viaduct-lab", "-f", file)


def authorized_key(encoded):
    """The line that the boot's authorized_key says, if it is a key and nothing else."""
    try:
        line = base64.b64decode(encoded, validate=True).decode("ascii").strip()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return line if KEY_LINE.fullmatch(line) else None


class Server:
    """sshd in a namespace, with all it needs in a private directory."""

    def __init__(self, record, address, settings):
        self.record = record
        self.address = address
        self.settings = settings
        self.directory = record.directory / "ssh"

    def prepare(self, more_keys):
        self.directory.mkdir(mode=0o700)
        make_key(self.directory / "host_ed25519", "ed25519")
        make_key(self.directory / "host_rsa", "rsa", "-b", "2048")
        make_key(self.directory / "id_rsa.cloud", "rsa", "-b", "2048")
        keys = [(self.directory / "id_rsa.cloud.pub").read_text(encoding="ascii").strip()]
        (self.directory / "authorized_keys").write_text("\n".join(keys + more_keys) + "\n",
                                                        encoding="ascii")
        (self.directory / "sshd_config").write_text(_CONFIGURATION.format(
            port=PORT, address=self.address, directory=self.directory, root=self.record.root,
            settings=self.settings, program=build_directory() / "bin" / "viaduct-cloudstack"),
            encoding="ascii")

    def start(self, namespace):
        process = namespace.start("/usr/sbin/sshd", "-D", "-e", "-f",
                                  self.directory / "sshd_config")
        self.record.add_process(process)
        def listens():
            if not process.is_running():
                raise AssertionError(f"sshd ended by itself:\n{process.output()}")
            return f"port {PORT}" in process.output()
        wait_until(listens, "sshd listens")


def options(directory):
    """What ssh and scp are told before anything else."""
    return ["-F", "none", "-i", f"{directory}/ssh/id_rsa.cloud", "-o", "BatchMode=yes",
            "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-o", "ConnectTimeout=60"]
