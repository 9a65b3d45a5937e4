"""An appliance as CloudStack would see it, and what a KVM host does with it.

    web1 (a client) --+                                            +-- ext (a client)
                      +-- segment eth0 -- [ router ] -- segment eth2
                                          [   vr   ]
              host 169.254.0.1 -- segment eth1 -- sshd, in the namespace "control"

Every NIC has a segment of its own. Those of the packet path are ports of viaduct-dataplane; the
control NIC is the kernel's. Nothing is configured but what comes by the entry points.
"""
