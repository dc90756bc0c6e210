"""Certificates of a throw-away authority."""

import os
import subprocess


def openssl(folder, *args):
    subprocess.run(["openssl", *args], cwd=folder, check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Authority:
    """Certificates of a throw-away authority, as files in a folder."""

    def __init__(self, folder):
        self.folder = str(folder)
        self.root = self.path("root.crt")
        self.self_signed("root", "/CN=an authority of the tests")

    def path(self, name):
        return os.path.join(self.folder, name)

    def self_signed(self, name, subject):
        openssl(self.folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                "-subj", subject, "-keyout", f"{name}.key", "-out", f"{name}.crt")

    def sign(self, name, subject, key, extensions, days=2):
        with open(self.path("extensions"), "w", encoding="ascii") as file:
            file.write(extensions)
        openssl(self.folder, "req", "-newkey", *key, "-nodes", "-subj", subject, "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(self.folder, "x509", "-req", "-days", str(days), "-in", f"{name}.csr", "-CA", "root.crt", "-CAkey", "root.key",
                "-CAcreateserial", "-extfile", "extensions", "-out", f"{name}.crt")
        os.chmod(self.path(f"{name}.key"), 0o600)
