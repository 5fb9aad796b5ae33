# What a process of the cgroup does: one thing for each hook. Arguments: the cgroup's folder, a folder for sockets.
import os
import socket
import sys

group, work = sys.argv[1:]
with open(group + "/cgroup.procs", "w") as file:
    file.write(str(os.getpid()))


def inet(family, address):
    server = socket.socket(family, socket.SOCK_STREAM)
    server.bind((address, 0))  # bind, post_bind
    server.listen()
    client = socket.socket(family, socket.SOCK_STREAM)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    client.connect(server.getsockname()[:2])
    peer, _ = server.accept()
    client.sendall(b"x")
    peer.recv(1)
    client.getpeername()
    for one in (client, peer, server):
        one.close()
    receiver = socket.socket(family, socket.SOCK_DGRAM)
    receiver.bind((address, 0))
    sender = socket.socket(family, socket.SOCK_DGRAM)
    sender.sendto(b"x", receiver.getsockname()[:2])
    receiver.recvfrom(1)
    sender.close()
    receiver.close()


def unix(path):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path + "/stream")
    server.listen()
    server.getsockname()
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(path + "/stream")
    client.getpeername()
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(path + "/receiver")
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.bind(path + "/sender")
    sender.sendto(b"x", path + "/receiver")
    receiver.recvfrom(1)


socket.setdefaulttimeout(10)
inet(socket.AF_INET, "127.0.0.1")
inet(socket.AF_INET6, "::1")
unix(work)
open("/proc/sys/kernel/ostype").read()
open("/dev/zero", "rb").close()
