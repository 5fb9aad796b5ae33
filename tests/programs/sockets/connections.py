# Connections within the cgroup (first argument) to each port that has a map of sockets.
import os
import socket
import sys

with open(sys.argv[1] + "/cgroup.procs", "w") as file:
    file.write(str(os.getpid()))
socket.setdefaulttimeout(10)
for port in (7101, 7102, 7103):
    server = socket.create_server(("127.0.0.1", port))
    client = socket.create_connection(("127.0.0.1", port))
    peer, _ = server.accept()
    client.sendall(b"question")
    assert peer.recv(100) == b"question"
    peer.sendall(b"answer")
    assert client.recv(100) == b"answer"
