"""Certificates for the tests of TLS."""

from lab import run


class Authority:
    """What `openssl` makes, as an administrator would."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", f"/CN={name}",
            "-keyout", self.key, "-out", self.certificate).check_returncode()

    def sign(self, name, days=60, names=""):
        key, request, certificate = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", key,
            "-out", request).check_returncode()
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\n" if names else "basicConstraints=CA:FALSE\n")
        run("openssl", "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", str(days),
            "-extfile", extensions, "-out", certificate).check_returncode()
        return certificate, key
