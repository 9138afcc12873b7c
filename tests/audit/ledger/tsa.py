"""A time stamp authority on this machine: openssl behind an HTTP server of the standard library."""

import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

OPENSSL = shutil.which("openssl")
CONFIG = """
[ req ]
distinguished_name = dn
x509_extensions = ext
prompt = no
[ dn ]
CN = Test authority
[ ext ]
basicConstraints = critical,CA:TRUE
subjectKeyIdentifier = hash
[ signer ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ tsa ]
default_tsa = tsa1
[ tsa1 ]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Authority:
    """Stamps what it is asked to; `answer` may turn its answer into something else."""

    def __init__(self, folder):
        self.folder = folder
        self.answer = lambda request, stamped: (200, stamped)
        self.asked = []
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        new_key = ["req", "-newkey", "rsa:2048", "-nodes", "-config", "tsa.cnf"]
        self._openssl(*new_key, "-x509", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem")
        self._openssl(*new_key, "-subj", "/CN=Test signer", "-keyout", "signer.key", "-out", "signer.csr")
        signing = ["x509", "-req", "-in", "signer.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2"]
        its = ["-extfile", "tsa.cnf", "-extensions", "signer", "-set_serial", "2", "-out", "signer.pem"]
        self._openssl(*signing, *its)

    @property
    def ca(self):
        return self.folder / "ca.pem"

    def stamped(self, request):
        (self.folder / "request.tsq").write_bytes(request)
        asked = ["ts", "-reply", "-config", "tsa.cnf", "-section", "tsa1", "-queryfile", "request.tsq"]
        self._openssl(*asked, "-out", "answer.tsr")
        return (self.folder / "answer.tsr").read_bytes()

    def verified(self, stamp, note):
        """What openssl says of a stamp over a note."""
        asked = ["ts", "-verify", "-in", stamp, "-data", note, "-CAfile", self.ca]
        return self._openssl(*asked).stdout

    def _openssl(self, *arguments):
        return subprocess.run(
            [OPENSSL, *map(str, arguments)], cwd=self.folder, check=True, capture_output=True, text=True
        )

    def serve(self):
        """Answer on a free port of this machine. Returns (address, how to end it)."""
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                request = self.rfile.read(int(self.headers["Content-Length"]))
                authority.asked.append((self.headers["Content-Type"], request))
                status, answer = authority.answer(request, authority.stamped(request))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/", server.shutdown
