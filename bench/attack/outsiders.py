"""Sign in with the libraries of others and say who one is: `outsiders.py LIBRARY PORT HANDLE PASSWORD KEYFILE`.

Runs in a virtual environment of its own. With an empty KEYFILE it signs in by password, after a wrong key.
"""

# mypy: ignore-errors
# ruff: noqa: PLC0415 - each library is loaded alone
import socket
import sys


def paramiko_(port: int, handle: str, password: str, key_file: str) -> str:
    import paramiko

    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # noqa: S507 - a server of our own
    wrong = paramiko.RSAKey.generate(2048)
    proof = {"key_filename": key_file} if key_file else {"pkey": wrong, "password": password}
    client.connect("127.0.0.1", port, handle, allow_agent=False, look_for_keys=False, **proof)
    said: str = client.exec_command("whoami")[1].read().decode()
    client.close()
    return said


def libssh(port: int, handle: str, password: str, key_file: str) -> str:
    from ssh import options
    from ssh.key import import_privkey_file
    from ssh.session import Session

    session = Session()
    for option, value in ((options.HOST, "127.0.0.1"), (options.USER, handle)):
        session.options_set(option, value)
    session.options_set_port(port)
    session.connect()
    if key_file:
        session.userauth_publickey(import_privkey_file(key_file))
    else:
        session.userauth_password(handle, password)
    channel = session.channel_new()
    channel.open_session()
    channel.request_exec("whoami")
    return b"".join(_chunks(channel.read)).decode()


def libssh2(port: int, handle: str, password: str, key_file: str) -> str:
    from ssh2.session import Session

    session = Session()
    session.handshake(socket.create_connection(("127.0.0.1", port)))
    if key_file:
        session.userauth_publickey_fromfile(handle, key_file)
    else:
        session.userauth_password(handle, password)
    channel = session.open_session()
    channel.execute("whoami")
    return b"".join(_chunks(channel.read)).decode()


def _chunks(read):
    while True:
        size, data = read()
        if size <= 0:
            return
        yield data


if __name__ == "__main__":
    library, port, *rest = sys.argv[1:]
    print({"paramiko": paramiko_, "libssh": libssh, "libssh2": libssh2}[library](int(port), *rest))
