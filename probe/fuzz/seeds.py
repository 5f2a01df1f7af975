#!/usr/bin/env python3
"""Makes the seeds of the fuzz targets anew, with openssl and keytool: `python3 seeds.py`.

Keys are made on the spot and thrown away; the key stores have the password `changeit` and one round, so
that a run meets what is behind the password. Texts are written by hand and stay as they are.
"""

import pathlib
import socket
import subprocess
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
SEEDS = HERE / "seeds"
PASSWORD = "changeit"


def run(*arguments, **more):
    subprocess.run(arguments, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, **more)


def certificates(work):
    """A root, an intermediate, and leaves with an ECDSA and an RSA key."""
    (work / "root.cnf").write_text("basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n"
                                   "keyUsage=critical,keyCertSign,cRLSign\n")
    (work / "middle.cnf").write_text(
        "basicConstraints=critical,CA:TRUE,pathlen:0\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        "keyUsage=critical,keyCertSign,cRLSign\nnameConstraints=critical,permitted;DNS:example.com,"
        "excluded;IP:192.0.2.0/255.255.255.0\ncertificatePolicies=2.23.140.1.2.1\n")
    (work / "leaf.cnf").write_text(
        "basicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n"
        "subjectAltName=DNS:www.example.com,DNS:*.example.com,DNS:xn--fiqs8s.example.com,IP:198.51.100.1,"
        "IP:2001:db8::1,URI:https://www.example.com/,email:a@example.com\n"
        "authorityInfoAccess=caIssuers;URI:http://ca.example/middle.cer,OCSP;URI:http://ocsp.example/\n"
        "crlDistributionPoints=URI:http://ca.example/middle.crl\ncertificatePolicies=2.23.140.1.2.1\n"
        "tlsfeature=status_request\n")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    keys = {"root": curve, "middle": curve, "leaf": curve, "rsa": ["-newkey", "rsa:2048"]}
    for number, (name, key) in enumerate(keys.items()):
        subject = {"root": "/C=CN/O=Fuzz/CN=Root", "middle": "/C=CN/O=Fuzz/CN=Middle"}.get(
            name, "/C=CN/ST=\\北京/O=Fuzz+OU=Seeds/CN=www.example.com")
        request = work / f"{name}.csr"
        run("openssl", "req", "-utf8", "-new", *key, "-nodes", "-keyout", work / f"{name}.key", "-subj", subject,
            "-multivalue-rdn", "-out", request)
        issuer = {"root": None, "middle": "root"}.get(name, "middle")
        by = ["-CA", work / f"{issuer}.pem", "-CAkey", work / f"{issuer}.key"] if issuer else \
            ["-signkey", work / "root.key"]
        extensions = work / ("leaf.cnf" if name == "rsa" else f"{name}.cnf")
        run("openssl", "x509", "-req", "-in", request, *by, "-set_serial", str(number + 1), "-days", "3650",
            "-extfile", extensions, "-out", work / f"{name}.pem")
        run("openssl", "x509", "-in", work / f"{name}.pem", "-outform", "DER", "-out",
            SEEDS / "certificate" / f"{name}.der")
    chain = "".join((work / f"{name}.pem").read_text() for name in ("middle", "root"))
    (work / "chain.pem").write_text(chain)


def files(work):
    """The leaf with its chain and its key, in every format that is read."""
    to = SEEDS / "file"
    leaf, key = work / "leaf.pem", work / "leaf.key"
    plain = leaf.read_text() + (work / "middle.pem").read_text()
    (to / "chain.pem").write_text(plain)
    (to / "keyed.pem").write_text(key.read_text() + plain)
    run("openssl", "ec", "-in", key, "-out", work / "sec1.key")
    (to / "sec1.pem").write_text((work / "sec1.key").read_text() + plain)
    run("openssl", "pkcs8", "-topk8", "-in", key, "-iter", "1", "-passout", f"pass:{PASSWORD}", "-out",
        work / "encrypted.key")
    (to / "encrypted.pem").write_text((work / "encrypted.key").read_text() + plain)
    (to / "request.csr").write_bytes((work / "leaf.csr").read_bytes())
    run("openssl", "crl2pkcs7", "-nocrl", "-certfile", to / "chain.pem", "-out", to / "chain.p7b")
    run("openssl", "crl2pkcs7", "-nocrl", "-certfile", to / "chain.pem", "-outform", "DER", "-out", to / "chain.p7c")
    store = ["openssl", "pkcs12", "-export", "-in", leaf, "-inkey", key, "-certfile", work / "chain.pem", "-name",
             "server", "-iter", "1", "-passout", f"pass:{PASSWORD}"]
    run(*store, "-out", to / "sealed.p12")
    run(*store, "-nomac", "-out", to / "unsealed.p12")
    run(*store, "-nomac", "-keypbe", "NONE", "-certpbe", "NONE", "-out", to / "plain.p12")
    run(*store, "-legacy", "-nomac", "-out", to / "legacy.p12")
    keytool = ["keytool", "-noprompt", "-storepass", PASSWORD]
    run(*keytool, "-importkeystore", "-srckeystore", to / "sealed.p12", "-srcstoretype", "PKCS12", "-srcstorepass",
        PASSWORD, "-destkeystore", work / "keyed.jks", "-deststoretype", "JKS", "-deststorepass", PASSWORD)
    (to / "keyed.jks").write_bytes((work / "keyed.jks").read_bytes())
    run(*keytool, "-importcert", "-alias", "root", "-file", work / "root.pem", "-keystore", work / "trusted.jks",
        "-storetype", "JKS")
    (to / "trusted.jks").write_bytes((work / "trusted.jks").read_bytes())


def first_flight(work, server, client):
    """What `openssl s_server` sends before its client says anything more."""
    port = free_port()
    peer = subprocess.Popen(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", work / "leaf.pem", "-key", work / "leaf.key",
         "-dcert", work / "rsa.pem", "-dkey", work / "rsa.key", "-cert_chain", work / "middle.pem", "-quiet", *server],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    listener = socket.create_server(("127.0.0.1", 0))
    caller = subprocess.Popen(
        ["openssl", "s_client", "-connect", "127.0.0.1:%d" % listener.getsockname()[1], "-servername",
         "www.example.com", *client], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        calling, _ = listener.accept()
        hello = calling.recv(16384)
        while True:
            try:
                called = socket.create_connection(("127.0.0.1", port))
                break
            except ConnectionRefusedError:
                threading.Event().wait(0.05)
        called.sendall(hello)
        called.settimeout(0.5)
        heard = b""
        try:
            while part := called.recv(65536):
                heard += part
        except (TimeoutError, ConnectionResetError):
            pass
        return heard
    finally:
        for process in (caller, peer):
            process.kill()
            process.wait()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def flights(work):
    every = ["-cipher", "ALL:@SECLEVEL=0"]
    old = ["-no_tls1_2", "-no_tls1_3", *every]
    for name, server, client in [
        ("tls13", [], ["-tls1_3"]),
        ("retry", ["-groups", "P-384"], ["-tls1_3", "-groups", "X25519:P-384"]),
        ("ecdhe-ecdsa", [], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-alpn", "http/1.1"]),
        ("ecdhe-rsa-fragments", ["-max_send_frag", "512", "-alpn", "http/1.1"],
         ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256", "-alpn", "http/1.1"]),
        ("dhe", every, ["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"]),
        ("rsa", every, ["-tls1_2", "-cipher", "AES128-SHA"]),
        ("client-certificate", ["-Verify", "1", "-CAfile", work / "root.pem"],
         ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"]),
        ("tls11", every, ["-tls1_1", *every]),
        ("tls10", every, ["-tls1", *every]),
        ("alert", ["-tls1_3"], ["-tls1_2"]),
    ]:
        heard = first_flight(work, server, client)
        assert heard, name
        (SEEDS / "flight" / f"{name}.bin").write_bytes(heard)


def main():
    for target in ("flight", "certificate", "file"):
        directory = SEEDS / target
        directory.mkdir(parents=True, exist_ok=True)
        for seed in directory.iterdir():
            seed.unlink()
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        certificates(work)
        files(work)
        flights(work)


main()
