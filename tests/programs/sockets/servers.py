# Sockets that share ports, and what is asked of them. Arguments: a file that says they are there.
#   a line "ask" on stdin: a packet to the shared UDP port, and a listener that closes with a connection in its queue
import socket
import sys


def shared(family, kind, address):
    out = socket.socket(family, kind)
    out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    out.bind(address)
    if kind == socket.SOCK_STREAM:
        out.listen()
    return out


UDP, TCP = ("::1", 7200), ("127.0.0.1", 7201)
socket.setdefaulttimeout(10)
receivers = [shared(socket.AF_INET6, socket.SOCK_DGRAM, UDP) for _ in range(2)]
listeners = [shared(socket.AF_INET, socket.SOCK_STREAM, TCP) for _ in range(2)]
open(sys.argv[1], "w").close()
SO_DETACH_REUSEPORT_BPF = 68
for line in sys.stdin:
    if line == "ask\n":
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", UDP)
        # whichever listener got them: the closing one hands them on
        clients = [socket.create_connection(TCP) for _ in range(8)]
        listeners.pop().close()
    elif line == "gone?\n":
        left = []
        for one in receivers + listeners:
            try:
                one.setsockopt(socket.SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0)
                left.append(str(one.getsockname()))
            except OSError:  # there was none
                pass
        with open(sys.argv[1] + ".gone", "w") as file:
            file.write("left: " + " ".join(left) if left else "gone")
